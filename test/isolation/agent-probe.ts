// Whether the functions that write agents ask for what policies ask for.
import { describeOutcome, type Probe } from './probes';

/** Nobody does anything to an agent that they do not see, and nobody writes anything of an archived client. */
export const agentDifferences: Probe = async (arena) => {
  const { login, alpha, principals } = arena;
  const differences: string[] = [];
  const hidden = 'RF006';
  const archived = 'RF004';
  for (const name of ['a scoped member with some agents', 'a token of a member with some agents'] as const) {
    await login.as(principals[name], async () => {
      const unseen = alpha.agents.second.id;
      for (const [statement, values, expected] of [
        [`select ringfence.update_agent($1, '{"name": "X"}', null)`, [unseen], hidden],
        ["select ringfence.duplicate_agent($1, null, 'New')", [unseen], hidden],
        ['select * from ringfence.move_agent($1, $2, null, null)', [unseen, alpha.clients.four], hidden],
        [
          'select * from ringfence.move_agent($1, $2, null, null)',
          [alpha.agents.settled.id, alpha.clients.two],
          hidden,
        ],
        ['select * from ringfence.delete_agent($1, null, null)', [unseen], hidden],
        ["select ringfence.save_agent_configuration($1, '{}', null)", [unseen], hidden],
        ["select ringfence.save_advanced_agent_configuration($1, '{}', null)", [unseen], hidden],
        [
          "select ringfence.create_agent($1, 'New', 'CHAT', 'DRAFT', false, '{}')",
          [alpha.clients.two],
          hidden,
        ],
        [
          "select ringfence.create_agent($1, 'New', 'CHAT', 'DRAFT', false, '{}')",
          [alpha.clients.archived],
          archived,
        ],
        [
          'select * from ringfence.move_agent($1, $2, null, null)',
          [alpha.agents.settled.id, alpha.clients.archived],
          archived,
        ],
      ] as const) {
        const outcome = await login.dry(statement, [...values]);
        if (outcome !== expected) differences.push(`${name}: ${statement}: ${describeOutcome(outcome)}`);
      }
    });
  }
  return differences;
};
