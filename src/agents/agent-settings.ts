// What may stand in an agent's configuration: the published JSON Schemas, how large it may be, and what a schema cannot say.
// Nothing that passes here can fail in Postgres.
import Ajv, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { invalidFields, type InvalidField } from '../graphql/errors';
import { schemas } from './schemas';

/** A configuration, as it was sent or stored. */
export type Settings = Record<string, unknown>;

interface Interval {
  opens: string;
  closes: string;
}

const days = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Levels of objects and lists; tools' parameters are nested as deep as somebody likes. */
const maximumLevels = 20;

/** Values of any kind: what a tool's parameters are made of takes long to check. */
const maximumValues = 10_000;

/** Violations that are told at once. */
const maximumViolations = 20;

/** Names of members come from whoever sent them, and may be as long as they like. */
const maximumPathLength = 200;

const formats: Record<string, { test: (text: string) => boolean; message: string }> = {
  'e.164': {
    test: (text) => parsePhoneNumberFromString(text)?.isValid() === true && /^\+\d+$/.test(text),
    message: 'Must be a phone number in the form +4930901820.',
  },
  'bcp-47': {
    test: (text) => doesNotThrow(() => Intl.getCanonicalLocales(text)),
    message: 'Must be a language tag like de or pt-BR.',
  },
  'iana-time-zone': {
    test: (text) =>
      /^[A-Za-z]/.test(text) &&
      doesNotThrow(() => new Intl.DateTimeFormat('en', { timeZone: text }).format()),
    message: 'Must be a time zone like Europe/Berlin.',
  },
};

/** What violates a schema. */
type Validator = (value: unknown) => ErrorObject[];

/** Compiled when it is first asked: it would make up a good part of the time that a server needs to start. */
function validatorOf(schema: object, allErrors: boolean): Validator {
  let validate: ValidateFunction | undefined;
  return (value) => {
    validate ??= compiled(schema, allErrors);
    return validate(value) ? [] : (validate.errors ?? []);
  };
}

function compiled(schema: object, allErrors: boolean): ValidateFunction {
  const ajv = new Ajv({ allErrors, allowUnionTypes: true, strictTypes: false });
  for (const [name, { test }] of Object.entries(formats)) ajv.addFormat(name, test);
  return ajv.compile(schema);
}

/**
 * The schema of a tool's parameters refers to that of all schemas, which takes minutes to find everything that is wrong with
 * thousands of members. So they are checked by themselves, and the first violation is enough.
 */
function parted(schema: typeof schemas.advanced): { rest: object; parameters: object } {
  const rest = structuredClone(schema);
  const tool: Record<string, object> = rest.properties.tools.items.properties;
  const { parameters = {} } = tool;
  tool.parameters = { type: 'object' };
  return { rest, parameters };
}

const advanced = parted(schemas.advanced);
const violationsOfParameters = validatorOf(advanced.parameters, false);

interface Part {
  maximumBytes: number;
  violations: Validator;
  /** What the schema cannot say; asked where it found nothing. */
  further: (settings: Settings) => InvalidField[];
}

const parts = {
  simple: {
    maximumBytes: 65_536,
    violations: validatorOf(schemas.simple, true),
    further: (settings) => {
      const hours = (settings.businessHours ?? {}) as Record<string, Interval[]>;
      return days.flatMap((day) => intervalProblems(`businessHours.${day}`, hours[day] ?? []));
    },
  },
  advanced: {
    maximumBytes: 262_144,
    violations: validatorOf(advanced.rest, true),
    further: (settings) => {
      const tools = (settings.tools ?? []) as { name: string; parameters: object }[];
      return tools.flatMap(({ name, parameters }, index) => [
        ...(tools.findIndex((tool) => tool.name === name) === index
          ? []
          : [{ field: `tools.${index}.name`, message: 'Another tool has this name.' }]),
        ...problemsOfParameters(parameters, `tools.${index}.parameters`),
      ]);
    },
  },
} satisfies Record<string, Part>;

/** VALIDATION_FAILED, with every violation, where settings are not allowed. `path`: the argument that they stand in. */
export function requireSettings(part: keyof typeof parts, settings: Settings, path: string): void {
  const problems = problemsOf(parts[part], settings);
  if (problems.length > 0)
    throw invalidFields(
      problems.slice(0, maximumViolations).map(({ field, message }) => ({
        field: (field === '' ? path : `${path}.${field}`).slice(0, maximumPathLength),
        message,
      })),
    );
}

function problemsOf({ maximumBytes, violations, further }: Part, settings: Settings): InvalidField[] {
  if (!isStorable(settings, maximumLevels))
    return [
      {
        field: '',
        message: `Has more than ${maximumLevels} levels, text that is no Unicode or has NUL, or a number that is not kept exactly.`,
      },
    ];
  if (countValues(settings) > maximumValues)
    return [{ field: '', message: `Must have at most ${maximumValues.toLocaleString('en')} values.` }];
  if (Buffer.byteLength(JSON.stringify(settings)) > maximumBytes)
    return [{ field: '', message: `Must be at most ${maximumBytes} bytes of JSON.` }];
  const violated = violations(settings);
  return violated.length === 0 ? further(settings) : violated.map(problemOf);
}

function problemsOfParameters(parameters: object, path: string): InvalidField[] {
  return violationsOfParameters(parameters).map((error) => {
    const { field, message } = problemOf(error);
    return { field: field === '' ? path : `${path}.${field}`, message };
  });
}

function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce<number>((sum, member) => sum + countValues(member), 1);
}

/** Whether jsonb can hold it as it was sent: it has no place for NUL and halves of characters, and JSON none for all numbers. */
function isStorable(value: unknown, levels: number): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (typeof value !== 'object' || value === null) return true;
  return (
    levels > 0 &&
    Object.entries(value).every(([name, member]) => isStorable(name, 1) && isStorable(member, levels - 1))
  );
}

function problemOf({ instancePath, keyword, params, message }: ErrorObject): InvalidField {
  const inside = instancePath.split('/').slice(1);
  const { additionalProperty, missingProperty, propertyName, format } = params as Record<string, string>;
  const name = additionalProperty ?? missingProperty ?? propertyName;
  return {
    field: [...inside, ...(name === undefined ? [] : [name])].join('.'),
    message:
      keyword === 'additionalProperties'
        ? 'Is not known.'
        : keyword === 'required'
          ? 'Is missing.'
          : (formats[format ?? '']?.message ?? sentence(message)),
  };
}

function sentence(message = 'is not allowed'): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

function intervalProblems(path: string, intervals: Interval[]): InvalidField[] {
  return intervals.flatMap(({ opens, closes }, index) => {
    const before = intervals[index - 1];
    if (opens >= closes) return [{ field: `${path}.${index}.closes`, message: 'Must be later than opens.' }];
    if (before !== undefined && opens < before.closes)
      return [{ field: `${path}.${index}.opens`, message: 'Must not be before the interval before closes.' }];
    return [];
  });
}

function doesNotThrow(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
