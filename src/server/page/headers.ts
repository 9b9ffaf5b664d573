/** What every page of the servers is sent with: it loads its own script and style, asks its own server, and nothing else. */
export const PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; connect-src 'self'; script-src 'self'; style-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};
