/** The page to try a sentence on. */
export const TRY_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>fsa: try a sentence</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
</head>
<body>
<main>
<h1>Try a sentence</h1>
<p id="served" class="faint"></p>
<form id="ask">
<label for="text">A review sentence</label>
<textarea id="text" rows="3" required autofocus placeholder="The soup was excellent, but the service was slow."></textarea>
<div class="row">
<label id="model-label" hidden>Model <select id="model"></select></label>
<label id="token-label" hidden>Token <input id="token" type="password" autocomplete="off"></label>
<button type="submit">Analyse</button>
</div>
</form>
<p id="problem" role="alert"></p>
<section id="answer" hidden aria-live="polite">
<p id="marked"></p>
<table><thead><tr id="head"></tr></thead><tbody id="tuples"></tbody></table>
<p id="timing" class="faint"></p>
</section>
</main>
<script src="/page.js"></script>
</body>
</html>
`;
