// What all mails look like. A template says what is written, as plain text; here it becomes HTML and text. Names in it were
// chosen by strangers: the HTML is escaped by the template engine, without exception.
import { Eta } from 'eta';

/** What a template writes: plain text throughout. */
export interface Letter {
  subject: string;
  greeting: string;
  paragraphs: string[];
  /** What the mail asks its reader to do; null: nothing. */
  action: { label: string; url: string } | null;
}

export interface Sheet extends Letter {
  accountName: string;
  /** Language of the letter, for screen readers. */
  language: string;
}

const html = `<!doctype html>
<html lang="<%= it.language %>">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title><%= it.subject %></title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;color:#18181b;font:16px/1.5 sans-serif">
<div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:8px">
<p style="margin:0 0 24px;font-weight:bold"><%= it.accountName %></p>
<p style="margin:0 0 16px"><%= it.greeting %></p>
<% for (const paragraph of it.paragraphs) { %>
<p style="margin:0 0 16px"><%= paragraph %></p>
<% } %>
<% if (it.action) { %>
<p style="margin:24px 0"><a href="<%= it.action.url %>" style="padding:10px 20px;background:#18181b;color:#ffffff;border-radius:6px;text-decoration:none"><%= it.action.label %></a></p>
<p style="margin:0;font-size:13px;color:#71717a;word-break:break-all"><%= it.action.url %></p>
<% } %>
</div>
</body>
</html>
`;

const eta = new Eta({ autoEscape: true, cache: true });
const render = eta.compile(html);

export function asHtml(sheet: Sheet): string {
  return eta.render(render, sheet);
}

export function asText({ accountName, greeting, paragraphs, action }: Sheet): string {
  const parts = [accountName, greeting, ...paragraphs];
  if (action !== null) parts.push(`${action.label}: ${action.url}`);
  return `${parts.join('\n\n')}\n`;
}
