// The same server without the fence, for G1: the gate is open, and every statement has what its policy would say written out.
// That both answer the same is compared before anything is measured.
import 'reflect-metadata';
import * as gate from '../../src/database/gate';
import { Transaction } from '../../src/database/transaction';

/** The filter of a scoped member, by table. */
const filters: Record<string, (alias: string) => string> = {
  clients: (alias) =>
    `${alias}.id = any ((select ringfence.member_client_ids())::uuid[]) and not ${alias}.is_house`,
  leads: (alias) => `${alias}.client_id = any ((select ringfence.member_client_ids())::uuid[])`,
  organizations: (alias) => `${alias}.id = any ((select ringfence.member_organization_ids())::uuid[])`,
  agents: (alias) =>
    `${alias}.client_id = any ((select ringfence.member_client_ids())::uuid[]) and ((select ringfence.member_sees_all_agents()) or ${alias}.stay_id = any ((select ringfence.member_stay_ids())::uuid[]))`,
};

const known = new Map<string, string>();

function withFilters(text: string): string {
  let filtered = known.get(text);
  if (filtered === undefined) {
    filtered = text.replace(
      /from ringfence\.(clients|organizations|agents|leads) (\w) where /g,
      (from: string, table: string, alias: string) => {
        const account = text.includes(`${alias}.account_id = $`)
          ? ''
          : `${alias}.account_id = (select ringfence.member_account_id()) and `;
        return `${from}${account}${filters[table]?.(alias) ?? 'true'} and `;
      },
    );
    known.set(text, filtered);
  }
  return filtered;
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
const run = Transaction.prototype.run;
Transaction.prototype.run = function (this: Transaction, text: string, values?: unknown[]) {
  return run.call(this, withFilters(text), values);
} as typeof run;
Object.assign(gate, { fenceProblems: () => Promise.resolve([]) });

// Only now: it takes the gate as it finds it.
void import('../ringfence/server.js');
