import { ValidateNested } from 'class-validator';
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { check, Text, NotNull } from '../graphql/validation';
import { Account } from './account.entity';

export enum PlanFeature {
  CLIENT_ISOLATION = 'CLIENT_ISOLATION',
  CLIENT_IDENTITIES = 'CLIENT_IDENTITIES',
  CRM_INTEGRATIONS = 'CRM_INTEGRATIONS',
}

registerEnumType(PlanFeature, {
  name: 'PlanFeature',
  description: 'What a plan can include besides a number of clients.',
  valuesConfig: {
    CLIENT_ISOLATION: { description: 'Lists, users and identities grouped by client.' },
    CLIENT_IDENTITIES: { description: 'Caller ids and email identities of a client.' },
    CRM_INTEGRATIONS: { description: 'CRM connections of a client.' },
  },
});

@ObjectType({ description: 'What an account pays for.', simpleResolvers: true })
export class Plan {
  @Field(() => ID, { description: 'Identifies the plan: `STARTER`.' })
  id: string;

  @Field(() => String, { description: 'Name of the plan.' })
  name: string;

  @Field(() => Int, {
    nullable: true,
    description:
      'Clients an account may have, those that are archived or being deleted not counted; null: any number.',
  })
  clientLimit: number | null;

  @Field(() => [PlanFeature], { description: 'Features that it includes.' })
  features: PlanFeature[];
}

// An offset like +01:00 is no zone: it knows no summer, and Postgres reads its sign the other way round. Nor are three letters, but for
// UTC and GMT: Postgres reads CET as an hour of winter all year, and IST as Israel's.
export const isTimeZone = (value: unknown) =>
  typeof value === 'string' &&
  /^(?!(?!utc|gmt)[a-z]{3}$)[a-z]/i.test(value) &&
  isAccepted(() => new Intl.DateTimeFormat('en', { timeZone: value }));
// The same form as the check on ringfence.accounts: no extensions, the language in lower case.
const isLocale = (value: unknown) =>
  typeof value === 'string' &&
  /^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(value) &&
  value.length <= 35 &&
  isAccepted(() => Intl.getCanonicalLocales(value));
const currencies = new Set(Intl.supportedValuesOf('currency'));
const isCurrency = (value: unknown) => typeof value === 'string' && currencies.has(value);

function isAccepted(attempt: () => unknown): boolean {
  try {
    attempt();
    return true;
  } catch {
    return false;
  }
}

/** The settings that signing up and editing share. */
@InputType()
export abstract class AccountConventions {
  @Field(() => String, { nullable: true, description: 'IANA time zone: `Europe/Berlin`.' })
  @NotNull()
  @check(isTimeZone, 'Must be an IANA time zone, like Europe/Berlin.')
  timeZone?: string;

  @Field(() => String, { nullable: true, description: 'BCP 47 language tag: `en-GB`.' })
  @NotNull()
  @check(isLocale, 'Must be a language tag, like en-GB.')
  locale?: string;

  @Field(() => String, { nullable: true, description: 'ISO 4217 code: `EUR`.' })
  @NotNull()
  @check(isCurrency, 'Must be a currency code, like EUR.')
  currency?: string;
}

@InputType({
  description:
    'What to change about the account; what is left out stays as it is. Nothing here can be cleared.',
})
export class AccountChanges extends AccountConventions {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => Boolean, { nullable: true, description: 'Blind mode of clients whose own is INHERIT.' })
  @NotNull()
  blindMode?: boolean;

  @Field(() => Int, {
    nullable: true,
    description: 'Characters a password needs at least, from the minimum of this installation to 128.',
  })
  @NotNull()
  passwordMinimum?: number;

  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether members need a second factor to sign in. Sessions that have begun go on; who has none sets it up at the next sign-in.',
  })
  @NotNull()
  secondFactorRequired?: boolean;
}

@InputType({ description: 'Changes to the account.' })
export class UpdateAccountInput {
  @Field(() => AccountChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: AccountChanges;

  @Field(() => Int, {
    nullable: true,
    description: 'Refuse with CONFLICT if the version is another one; left out: last write wins.',
  })
  expectedVersion?: number | null;
}

@ObjectType({ description: 'Answer of `updateAccount`.', simpleResolvers: true })
export class UpdateAccountPayload {
  @Field(() => Account, { description: 'The account as it is now.' })
  account: Deferred<Account>;
}

@InputType({ description: 'A choice of plan.' })
export class ChangePlanInput {
  @Field(() => ID, { description: 'Which plan; see `plans`.' })
  @Text({ maximum: 50 })
  planId: string;
}

@ObjectType({ description: 'Answer of `changePlan`.', simpleResolvers: true })
export class ChangePlanPayload {
  @Field(() => Account, { description: 'The account as it is now.' })
  account: Deferred<Account>;
}
