import type { GraphQLResolveInfo } from 'graphql';
import { defineLoader, defineRowLoader } from '../database/loaders';
import { updateRow } from '../database/update';
import type { RequestContext } from '../graphql/context';
import { notFound, validationFailed } from '../graphql/errors';
import { Permission } from '../members/permission';
import { Account } from './account.entity';
import type { Plan, UpdateAccountInput } from './account.types';

export const accountById = defineRowLoader<Account>(Account, 'ringfence.accounts');

const planSelect = `
  select p.id, p.name, p.client_limit as "clientLimit", array(
    select f.feature from ringfence.plan_features f where f.plan_id = p.id order by f.feature) as features
  from ringfence.plans p`;

/** The plan of an account; only administrators may read which it is. */
export const planByAccountId = defineLoader<Plan | null>(null, async (transaction, accountIds) => {
  const rows = await transaction.query<Plan & { accountId: string }>(
    `select plan.*, a.id as "accountId" from ringfence.accounts a join (${planSelect}) plan on plan.id = a.plan_id where a.id = any ($1)`,
    [accountIds],
  );
  return new Map(rows.map((row) => [row.accountId, row]));
});

/** Clients that count toward the plan, as the viewer sees them: for administrators that is all. */
export const clientCountByAccountId = defineLoader<number>(0, async (transaction, accountIds) => {
  const rows = await transaction.query<{ accountId: string; count: number }>(
    `select account_id as "accountId", count(*) as count from ringfence.clients
     where account_id = any ($1) and status in ('ACTIVE', 'INACTIVE') group by account_id`,
    [accountIds],
  );
  return new Map(rows.map((row) => [row.accountId, row.count]));
});

/** The account of the principal; with `info`, what it asks for. */
export async function ownAccount(context: RequestContext, info?: GraphQLResolveInfo): Promise<Account> {
  const account = await accountById(context.reading(info), info).load(context.signedIn.accountId);
  if (account === null) throw notFound();
  return account;
}

export function allPlans(context: RequestContext): Promise<Plan[]> {
  return context.transaction.query<Plan>(`${planSelect} order by p.position`);
}

/** Whether the plan has room for another client; null for those who may not create any. */
export async function canCreateClient(context: RequestContext): Promise<boolean | null> {
  const [row] = await context.transaction.query<{ allowed: boolean | null }>(
    'select ringfence.can_create_client() as allowed',
  );
  return row?.allowed ?? null;
}

export async function updateAccount(context: RequestContext, input: UpdateAccountInput): Promise<void> {
  const floor = context.services.config.PASSWORD_MINIMUM;
  const { passwordMinimum } = input.changes;
  if (passwordMinimum !== undefined && (passwordMinimum < floor || passwordMinimum > 128)) {
    throw validationFailed('input.changes.passwordMinimum', `Must be between ${floor} and 128.`);
  }
  await updateRow(context, {
    entity: Account,
    key: { id: context.signedIn.accountId },
    changes: input.changes,
    expectedVersion: input.expectedVersion,
    permission: Permission.MANAGE_ACCOUNT,
  });
}

export async function changePlan(context: RequestContext, planId: string): Promise<void> {
  await context.transaction.query('select ringfence.change_plan($1)', [planId]);
}
