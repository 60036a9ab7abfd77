/** What the pages share: showing one of their parts, and sending a form once. */
import { request } from './api.js';

const endpoint = '/graphql';

/** The token of the link; empty: there is none. */
export const token = location.hash.slice(1);

export const element = (id) => document.getElementById(id);

/** Sends an operation to the API; throws what the API says. */
export async function ask(query, variables) {
  const { data } = await request(endpoint, query, variables);
  return data;
}

/** Shows one part of the page, and says so to those who do not see it. */
export function show(id) {
  for (const part of document.querySelectorAll('main > section')) part.hidden = part.id !== id;
  document.title = `${element(id).querySelector('h1').textContent} · Ringfence`;
  element(id).querySelector('h1').focus();
}

/** Calls `send` with the fields of a form, one call at a time; what it throws is shown beside the form. */
export function onSubmit(form, send) {
  const problem = form.querySelector('[role=alert]');
  const button = form.querySelector('button');
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    problem.textContent = '';
    button.disabled = true;
    try {
      await send(Object.fromEntries(new FormData(form)));
    } catch (error) {
      problem.textContent = error.message;
      (form.querySelector('input:not([readonly])') ?? button).focus();
    } finally {
      button.disabled = false;
    }
  });
}

/** The link has done its work: it is of no use in the address and the history any more. */
export function forgetLink() {
  history.replaceState(null, '', location.pathname);
}
