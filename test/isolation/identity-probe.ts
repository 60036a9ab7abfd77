// Whether the functions that write identities ask for what policies ask for.
import type { Outcome } from './login-connection';
import { describeOutcome, nobodys, rowsOf, type Probe } from './probes';

const hidden = 'RF006';
const forbidden = 'RF003';

/** Nobody does anything to an identity that they do not see, gives one where they do not reach, or uses a link that is void. */
export const identityDifferences: Probe = async (arena) => {
  const { login, alpha, beta, principals } = arena;
  const differences: string[] = [];
  const note = (who: string, statement: string, outcome: Outcome) =>
    differences.push(`${who}: ${statement}: ${describeOutcome(outcome)}`);

  for (const name of ['a scoped member, everything', 'a token for some clients, everything'] as const) {
    await login.as(principals[name], async () => {
      const { one, two, archived, none } = alpha.identities;
      for (const unseen of [two, archived, none, beta.identities.one, nobodys])
        for (const statement of [
          'select ringfence.update_identity($1, \'{"displayName": "X"}\', null)',
          'select ringfence.delete_identity($1, null)',
          'select ringfence.request_identity_verification($1, 60)',
        ]) {
          const outcome = await login.dry(statement, [unseen]);
          if (outcome !== hidden) note(name, statement, outcome);
        }
      for (const [statement, values, expected] of [
        ["select ringfence.create_caller_id($1, '+4930901899', null)", [alpha.clients.two], hidden],
        ["select ringfence.create_caller_id(null, '+4930901899', null)", [], forbidden],
        ["select ringfence.create_email_identity($1, 'new@alpha.test', null)", [beta.clients.one], hidden],
        [
          "select ringfence.create_email_identity($1, 'new@alpha.test', null)",
          [alpha.clients.archived],
          'RF004',
        ],
        [
          "select ringfence.update_identity($1, jsonb_build_object('clientId', $2::text), null)",
          [one, alpha.clients.two],
          hidden,
        ],
        ['select ringfence.update_identity($1, \'{"clientId": null}\', null)', [one], forbidden],
      ] as const) {
        const outcome = await login.dry(statement, [...values]);
        if (outcome !== expected) note(name, statement, outcome);
      }
    });
  }

  await withPlan(arena, 'STARTER', () =>
    login.as(principals['the owner'], async () => {
      const statement = "select ringfence.create_caller_id($1, '+4930901899', null)";
      const outcome = await login.dry(statement, [alpha.clients.one]);
      if (outcome !== 'RF011') note('a plan without it', statement, outcome);
    }),
  );

  // A link that was made before the address was another one.
  await rowsOf(
    arena,
    "update ringfence.identities set generation = 7, link_expires_at = now() + interval '1 hour' where id = $1 returning id",
    [alpha.identities.one],
  );
  await arena.owner.query('begin; set local role ringfence_definer');
  const [void_] = await rowsOf(arena, 'select signin.verify_identity($1, 6) as verified', [
    alpha.identities.one,
  ]);
  await arena.owner.query('rollback');
  await rowsOf(
    arena,
    'update ringfence.identities set generation = 0, link_expires_at = null where id = $1 returning id',
    [alpha.identities.one],
  );
  if (void_?.verified !== false) differences.push('a link of an earlier generation verifies');
  return differences;
};

async function withPlan(
  { owner, alpha }: Parameters<Probe>[0],
  plan: string,
  work: () => Promise<unknown>,
): Promise<void> {
  const set = (id: string) =>
    owner.query('update ringfence.accounts set plan_id = $2 where id = $1', [alpha.id, id]);
  await set(plan);
  try {
    await work();
  } finally {
    await set('AGENCY');
  }
}
