// Owns the report's page: sections of words, tables and pictures in, one HTML file out that needs nothing else. It must
// not compute or draw.
import type { Picture } from './draw.js';

/** A cell of a table: words, or words that stand out. */
export type TableCell = string | { readonly text: string; readonly mark: 'best' | 'good' | 'bad' | 'author' };

/** A part of a section. Words are plain text; `code` between backticks is set as such. */
export type Block =
  | { readonly kind: 'text' | 'warning'; readonly text: string }
  | {
      readonly kind: 'table';
      readonly caption: string;
      readonly head: readonly string[];
      readonly rows: readonly (readonly TableCell[])[];
    }
  | { readonly kind: 'figure'; readonly name: string; readonly caption: string; readonly picture: Picture };

/** A section of the report. */
export interface Section {
  /** Unique; the anchor on the page and the key in report.json. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  /** All its numbers, for report.json: what JSON can hold. */
  readonly numbers: object;
}

/** What stands above the sections. */
export interface PageHead {
  readonly title: string;
  /** Paragraphs. */
  readonly lead: readonly string[];
  /** What a reader must know before believing anything, for example that few images were used. */
  readonly warnings: readonly string[];
}

/** The whole page. */
export function renderPage({ title, lead, warnings }: PageHead, sections: readonly Section[]): string {
  const contents = sections
    .map(({ id, title: name }, i) => `<li><a href="#${id}">${i + 1}. ${escape(name)}</a></li>`)
    .join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
${lead.map((text) => `<p>${words(text)}</p>`).join('\n')}
${warnings.map(warning).join('\n')}
</header>
<nav aria-label="Contents"><ol>
${contents}
</ol></nav>
<main>
${sections.map(renderSection).join('\n')}
</main>
</body>
</html>
`;
}

function renderSection({ id, title, blocks }: Section, index: number): string {
  return (
    `<section ` +
    `id="${id}">\n<h2>${index + 1}. ${escape(title)}</h2>\n${blocks.map(renderBlock).join('\n')}\n</section>`
  );
}

function renderBlock(block: Block): string {
  switch (block.kind) {
    case 'text':
      return `<p>${words(block.text)}</p>`;
    case 'warning':
      return warning(block.text);
    case 'table':
      return table(block.caption, block.head, block.rows);
    case 'figure':
      return (
        `<figure ` +
        `id="${block.name}">${block.picture.inline}<figcaption>${words(block.caption)}</figcaption></figure>`
      );
  }
}

function warning(text: string): string {
  return `<p class="warning" role="note">${words(text)}</p>`;
}

/** The first column names the row; cells that begin with a number stand to the right. */
function table(caption: string, head: readonly string[], rows: readonly (readonly TableCell[])[]): string {
  const th = head.map((text) => `<th scope="col">${words(text)}</th>`).join('');
  const body = rows.map((row) => `<tr>${row.map(tableCell).join('')}</tr>`).join('\n');
  const above = `<caption>${words(caption)}</caption>`;
  return `<div class="scroll"><table>${above}\n<thead><tr>${th}</tr></thead>\n<tbody>\n${body}\n</tbody></table></div>`;
}

function tableCell(cell: TableCell, column: number): string {
  const { text, mark } = typeof cell === 'string' ? { text: cell, mark: undefined } : cell;
  const classes = [...(mark === undefined ? [] : [mark]), ...(/^[<>≥≤]?\s*-?\d/.test(text) ? ['number'] : [])];
  const tag = column === 0 ? 'th scope="row"' : 'td';
  const own = classes.length > 0 ? ` class="${classes.join(' ')}"` : '';
  return `<${tag}${own}>${words(text)}</${column === 0 ? 'th' : 'td'}>`;
}

function words(text: string): string {
  return escape(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll('\n', '<br>');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b222b;--dim:#5b6672;--line:#d5dbe1;
  --stripe:#f4f6f8;--best:#dff3ea;--bad:#fbe3d6;--accent:#0067a3}
@media (prefers-color-scheme:dark){:root{--ground:#12171d;--text:#e6ebf0;--dim:#9aa6b2;--line:#323c47;
  --stripe:#1a2129;--best:#143c2f;--bad:#4a2413;--accent:#6cb8e6}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:60rem;padding:2rem 1.25rem 5rem;background:var(--ground);color:var(--text);
  font:16px/1.55 system-ui,-apple-system,"Segoe UI","DejaVu Sans",sans-serif}
h1{font-size:1.9rem;line-height:1.2;margin:0 0 .8rem}
h2{font-size:1.35rem;margin:3rem 0 .8rem;padding-top:1rem;border-top:1px solid var(--line)}
p{max-width:46rem}
a{color:var(--accent)}
code{font:.9em ui-monospace,"DejaVu Sans Mono",monospace}
nav ol{list-style:none;padding:0;columns:2;column-gap:2rem;margin:1.5rem 0}
.warning{border-left:4px solid #d55e00;background:var(--bad);padding:.6rem .9rem;border-radius:0 4px 4px 0}
.scroll{overflow-x:auto;margin:1.2rem 0}
table{border-collapse:collapse;font-size:.875rem;line-height:1.35;font-variant-numeric:tabular-nums}
caption{text-align:left;color:var(--dim);padding-bottom:.5rem;max-width:46rem}
th,td{padding:.35rem .7rem;text-align:left;vertical-align:top;border-bottom:1px solid var(--line)}
thead th{vertical-align:bottom;border-bottom:2px solid var(--line)}
tbody th{font-weight:600;white-space:nowrap}
tbody tr:nth-child(even){background:var(--stripe)}
.number{text-align:right;white-space:nowrap}
.best,.good{background:var(--best);font-weight:600}
.bad{background:var(--bad);font-weight:600}
.author{color:var(--dim)}
figure{margin:1.8rem 0}
figure svg{max-width:100%;height:auto}
figcaption{color:var(--dim);font-size:.9rem;max-width:46rem;margin-top:.4rem}
@media print{nav{display:none}section{break-inside:avoid-page}}
`;
