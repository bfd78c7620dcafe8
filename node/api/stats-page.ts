// The numbers of GET /stats as a page for people: a table for each group, without styles or scripts, which the headers forbid.

/** `document` as statsDocument makes it. */
export function statsPage(document: object): string {
  const groups = Object.entries(document);
  const single = groups.filter(([, value]) => !isGroup(value));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Anatomic node: numbers</title>
</head>
<body>
<h1>Numbers of this node</h1>
${table('All', Object.fromEntries(single))}${groups.map(([name, value]) => (isGroup(value) ? table(name, value) : '')).join('')}</body>
</html>
`;
}

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function table(name: string, group: object): string {
  const rows = rowsOf('', group);
  if (rows.length === 0) return '';
  return `<table>\n<caption>${escaped(name)}</caption>\n${rows.join('')}</table>\n`;
}

/** Names of groups within groups stand before those of their members: 'ipv4 seeders'. */
function rowsOf(prefix: string, group: object): string[] {
  return Object.entries(group).flatMap(([name, value]) =>
    isGroup(value)
      ? rowsOf(`${prefix}${name} `, value)
      : [`<tr><th scope="row">${escaped(prefix + name)}</th><td>${escaped(String(value))}</td></tr>\n`],
  );
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
