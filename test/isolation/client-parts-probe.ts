// Whether choosing what a client is made of asks for what changing it one by one asks for.
import type { PrincipalName } from './arena';
import { describeOutcome, nobodys, type Probe } from './probes';

const hidden = 'RF006';
const forbidden = 'RF003';
const archived = 'RF004';
const notIncluded = 'RF012';

/** Nobody chooses for a client that they do not reach, without the permission, or what is not theirs to give. */
export const clientPartsDifferences: Probe = async (arena) => {
  const { login, alpha, beta, principals } = arena;
  const { one, two, archived: closed } = alpha.clients;
  const differences: string[] = [];
  const expectations: [who: PrincipalName, client: string, parts: object, expected: string][] = [];
  const expected = (
    outcome: string,
    who: readonly PrincipalName[],
    clients: string[],
    ...choices: object[]
  ) => {
    for (const name of who)
      for (const client of clients)
        for (const parts of choices) expectations.push([name, client, parts, outcome]);
  };

  const scoped = ['a scoped member, everything', 'a token for some clients, everything'] as const;
  const withAll = ['a member with all clients, everything', 'a token for all clients, everything'] as const;
  const unreached = [two, beta.clients.one, nobodys];
  expected(hidden, scoped, unreached, {}, { identityIds: [] }, { listIds: [] });
  expected(hidden, ['a scoped member, everything'], unreached, { memberIds: [] });
  expected(hidden, [...withAll, 'the owner'], [beta.clients.one, nobodys], {}, { listIds: [] });
  expected(archived, scoped, [closed], {}, { identityIds: [] });

  const foreign = [beta.identities.one, beta.identities.none, alpha.identities.archived, nobodys];
  for (const identity of [...foreign, alpha.identities.two, alpha.identities.none])
    expected(hidden, scoped, [one], { identityIds: [alpha.identities.one, identity] });
  for (const identity of foreign)
    expected(hidden, [...withAll, 'the owner'], [one], { identityIds: [identity] });
  // What leaves would be of no client, which they do not reach.
  expected(forbidden, scoped, [one], { identityIds: [] });
  const { open, closed: named, hidden: unseen, house } = alpha.lists;
  for (const list of [unseen, house, beta.lists.open, nobodys])
    expected(hidden, scoped, [one], { listIds: [open, list] });
  for (const list of [beta.lists.open, nobodys])
    expected(hidden, ['the owner', ...withAll], [one], { listIds: [list] });
  // Whoever works on a list comes with it, or stays with it.
  expected(notIncluded, ['the owner'], [alpha.clients.six], { listIds: [named] });
  expected(notIncluded, ['the owner'], [one], { memberIds: [] });
  expected(forbidden, scoped, [one], { listIds: [] });
  const strangers = [principals['the owner of another account'].principalId, nobodys];
  for (const stranger of strangers)
    expected(hidden, ['the owner', 'a scoped member, everything'], [one], { memberIds: [stranger] });

  // Each takes its own permission, and seeing clients; no program manages members.
  expected(
    forbidden,
    ['a scoped member, editing', 'a member with all clients, editing'],
    [one],
    { memberIds: [] },
    { identityIds: [] },
    { listIds: [] },
  );
  expected(
    forbidden,
    ['a member with all clients, managing members'],
    [one],
    { identityIds: [] },
    { listIds: [] },
  );
  expected(forbidden, ['a member with all clients, managing identities'], [one], { identityIds: [] });
  expected(forbidden, ['a token for all clients, everything'], [one], { memberIds: [] });
  expected(forbidden, ['a scoped member, nothing'], [one], {});

  for (const [name, ofOne] of Map.groupBy(expectations, ([who]) => who))
    await login.as(principals[name], async () => {
      for (const [, client, parts, outcome] of ofOne) {
        const found = await login.dry('select ringfence.set_client_parts($1, $2, null)', [
          client,
          JSON.stringify(parts),
        ]);
        if (found !== outcome)
          differences.push(`${name}: ${JSON.stringify(parts)}: ${describeOutcome(found)}`);
      }
    });
  return differences;
};
