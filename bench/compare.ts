// Before anything is measured: do all contenders answer the same? Whoever answers less is fast for no merit.
import { ask } from './ask';
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

function difference(who: string, expected: string, other: string, answer: string): string {
  let at = 0;
  while (at < answer.length && answer[at] === expected[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 100);
  return `answers differ\n  ${who}: …${around(expected)}\n  ${other}: …${around(answer)}`;
}
