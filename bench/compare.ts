// Before anything is measured: do all contenders answer the same? Whoever answers less is fast for no merit.
import { ask } from './ask';
import type { ContenderName } from './processes';
import { normalForm, type Work } from './works';
import type { Sample } from './sample';

/** How many different questions of each work are compared. */
const questions = 8;
/** Characters; two that answer nothing would be equal too. */
const shortestAnswer = 50;

export interface Answering {
  /** Whose form of request and answer it has. */
  who: ContenderName;
  name: string;
  url: string;
  accessToken: string;
}

/** What is asked and answered, of a work or of anything else that is measured. */
type Compared = Pick<Work, 'bodies' | 'rows' | 'writes'> & { id: string };

export async function compareAnswers(work: Compared, all: Answering[], sample: Sample): Promise<void> {
  const bodies = work.bodies(sample);
  let reference: { name: string; answers: string[] } | undefined;
  for (const { who, name, url, accessToken } of all) {
    const answers: string[] = [];
    for (const body of bodies[who].slice(0, questions)) {
      const data = await ask(url, accessToken, body.replaceAll('%n%', 'X'));
      answers.push(normalForm(work.rows(who, data)));
      if (work.writes) await sample.undo();
    }
    reference ??= { name, answers };
    for (const [position, answer] of answers.entries()) {
      const expected = reference.answers[position] ?? '';
      if (answer !== expected)
        throw new Error(`${work.id}: ${difference(reference.name, expected, name, answer)}`);
      if (answer.length < shortestAnswer)
        throw new Error(`${work.id}: ${name} answered next to nothing: ${answer}`);
    }
  }
}

function difference(who: string, expected: string, other: string, answer: string): string {
  let at = 0;
  while (at < answer.length && answer[at] === expected[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 100);
  return `answers differ\n  ${who}: …${around(expected)}\n  ${other}: …${around(answer)}`;
}
