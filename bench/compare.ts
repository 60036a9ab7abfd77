// Before anything is measured: do all contenders answer the same? Whoever answers less is fast for no merit.
import type { ContenderName, Server } from './processes';
import { normalForm, type Work } from './works';
import type { Sample } from './sample';

/** How many different questions of each work are compared. */
const questions = 8;

export async function compareAnswers(
  work: Work,
  servers: Partial<Record<ContenderName, Server>>,
  sample: Sample,
  accessToken: string,
): Promise<void> {
  const bodies = work.bodies(sample);
  let reference: { who: string; answers: string[] } | undefined;
  for (const [who, server] of Object.entries(servers) as [ContenderName, Server][]) {
    const answers: string[] = [];
    for (const body of bodies[who].slice(0, questions)) {
      const data = await ask(server.url, accessToken, body.replaceAll('%n%', 'X'));
      answers.push(normalForm(work.rows(who, data)));
      if (work.writes) await sample.undo();
    }
    reference ??= { who, answers };
    for (const [position, answer] of answers.entries()) {
      const expected = reference.answers[position] ?? '';
      if (answer !== expected)
        throw new Error(`${work.id}: ${difference(reference.who, expected, who, answer)}`);
      if (answer.length < 50) throw new Error(`${work.id}: ${who} answered next to nothing: ${answer}`);
    }
  }
}

/** The data of an answer; throws when it is not 200 without errors. */
export async function ask(url: string, accessToken: string, body: string): Promise<Record<string, unknown>> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body,
  });
  const text = await response.text();
  const answer = JSON.parse(text) as { data?: Record<string, unknown>; errors?: unknown };
  if (response.status !== 200 || answer.errors !== undefined || answer.data === undefined)
    throw new Error(`${url} answered ${response.status} ${text.slice(0, 1000)}\nto ${body}`);
  return answer.data;
}

function difference(who: string, expected: string, other: string, answer: string): string {
  let at = 0;
  while (at < answer.length && answer[at] === expected[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 100);
  return `answers differ\n  ${who}: …${around(expected)}\n  ${other}: …${around(answer)}`;
}
