/** What makes a text another one: case and the width of white space do not. */
export function plainText(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
