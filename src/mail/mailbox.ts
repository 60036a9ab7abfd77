// Where mail goes while there is no mail server: a mailbox in the memory of the process, shown at /dev/mail. Never in
// production: the mails hold links that let their reader in.
import { randomBytes } from 'node:crypto';
import { Eta } from 'eta';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Config } from '../config';
import type { Mail } from './composer';
import type { Transport } from './transport';

export const mailboxPath = '/dev/mail';

/** Whether this process keeps a mailbox. */
export function showsMail({ production, SMTP_URL, WORKER }: Config): boolean {
  return !production && SMTP_URL === undefined && WORKER;
}

/** Older mails are forgotten. */
const keptMails = 200;

export class Mailbox implements Transport {
  /** The last one first. */
  readonly mails: Mail[] = [];

  send(mail: Mail): Promise<void> {
    this.mails.unshift(mail);
    this.mails.length = Math.min(this.mails.length, keptMails);
    return Promise.resolve();
  }

  close(): void {
    this.mails.length = 0;
  }
}

const style = `body{font:16px/1.5 sans-serif;max-width:900px;margin:2rem auto;padding:0 1rem;color:#18181b}
table{width:100%;border-collapse:collapse}td,th{text-align:left;padding:.4rem;border-bottom:1px solid #e4e4e7}
iframe{width:100%;height:480px;border:1px solid #e4e4e7}pre{white-space:pre-wrap;background:#f4f4f5;padding:1rem}`;

const page = (title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title><style nonce="<%= it.nonce %>">${style}</style></head>
<body>${body}</body></html>`;

const eta = new Eta({ autoEscape: true });

const listPage = eta.compile(
  page(
    'Mail',
    `<h1>Mail</h1>
<% if (it.mails.length === 0) { %><p>Nothing was sent since this process started.</p><% } else { %>
<table><tr><th>To</th><th>Subject</th><th>Date</th></tr>
<% it.mails.forEach((mail, index) => { %>
<tr><td><%= mail.to.address %></td><td><a href="${mailboxPath}/<%= it.mails.length - index %>"><%= mail.subject %></a></td><td><%= mail.date.toISOString() %></td></tr>
<% }) %></table><% } %>`,
  ),
);

const mailPage = eta.compile(
  page(
    '<%= it.mail.subject %>',
    `<p><a href="${mailboxPath}">All mail</a></p><h1><%= it.mail.subject %></h1>
<p>From <%= it.mail.from %> to <%= it.mail.to.name %>, <%= it.mail.to.address %>; <%= it.mail.date.toISOString() %></p>
<iframe title="HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" src="${mailboxPath}/<%= it.number %>/html"></iframe>
<h2>Text</h2><pre><%= it.mail.text %></pre>`,
  ),
);

/** Nothing on these pages runs a script, and nothing is fetched for them. */
const closed = "default-src 'none'; base-uri 'none'; form-action 'none'";

const isMailbox = (url: string) => url.startsWith(mailboxPath);

/** Serves the mailbox: a list, and each mail by its number, the oldest being 1. */
export function registerMailbox(app: FastifyInstance, { mails }: Mailbox, publicUrl: string): void {
  // Under no other name: a web page whose name leads here could read the mails, and follow their links.
  const names = ['localhost', '127.0.0.1', '[::1]', new URL(publicUrl).hostname];
  app.addHook('onRequest', (request, reply, done) => {
    if (isMailbox(request.url) && !names.includes(request.hostname)) reply.callNotFound();
    else done();
  });
  const mailOf = (number: string) => mails[mails.length - Number(number)];
  const show = (reply: FastifyReply, render: typeof listPage, content: object) => {
    const nonce = randomBytes(16).toString('base64');
    return reply
      .header(
        'content-security-policy',
        `${closed}; style-src 'nonce-${nonce}'; frame-src 'self'; frame-ancestors 'none'`,
      )
      .type('text/html; charset=utf-8')
      .send(eta.render(render, { ...content, nonce }));
  };

  app.get(mailboxPath, (_request, reply) => show(reply, listPage, { mails }));
  app.get<{ Params: { number: string } }>(`${mailboxPath}/:number`, (request, reply) => {
    const { number } = request.params;
    const mail = mailOf(number);
    return mail === undefined ? reply.callNotFound() : show(reply, mailPage, { mail, number });
  });
  app.get<{ Params: { number: string } }>(`${mailboxPath}/:number/html`, (request, reply) => {
    const mail = mailOf(request.params.number);
    if (mail === undefined) return reply.callNotFound();
    return (
      reply
        // As a mail program shows it: in a window of its own origin, without scripts; links open elsewhere.
        .header(
          'content-security-policy',
          `${closed}; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox`,
        )
        .header('x-frame-options', 'SAMEORIGIN')
        .type('text/html; charset=utf-8')
        .send(mail.html.replace('<head>', '<head><base target="_blank">'))
    );
  });
}
