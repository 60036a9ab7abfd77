// Decorators of input fields. Violations become VALIDATION_FAILED with the path of the field (validateInput below).
import {
  ArrayMaxSize,
  isEmail,
  isURL,
  IsUUID,
  isUUID,
  registerDecorator,
  validate,
  ValidateIf,
  type ValidationArguments,
  type ValidationError,
} from 'class-validator';
import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { apiError, ErrorCode, invalidFields, type InvalidField } from './errors';

export interface TextOptions {
  minimum?: number;
  maximum: number;
  /** Line breaks and tabs are allowed. */
  multiline?: boolean;
}

// eslint-disable-next-line no-control-regex -- control characters are what is refused
const controlCharacters = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;
// eslint-disable-next-line no-control-regex -- as above, without tab and line feed
const controlCharactersButLineBreaks = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/;

type Rule = [normalize: (text: string) => string, test: (text: string) => boolean, message: string];

function textRule({ minimum = 1, maximum, multiline = false }: TextOptions): Rule {
  const forbidden = multiline ? controlCharactersButLineBreaks : controlCharacters;
  return [
    // Half of a character is none: JSON could not carry it to the database.
    (text) => (multiline ? text.replace(/\r\n?/g, '\n') : text).toWellFormed().trim(),
    (text) => {
      const length = [...text].length;
      return length >= minimum && length <= maximum && !forbidden.test(text);
    },
    `Must have ${minimum} to ${maximum} characters, none of them a control character.`,
  ];
}

/** Text without control characters; spaces around it are taken off before it is measured (in code points). */
export function Text(options: TextOptions): PropertyDecorator {
  return normalized(...textRule(options));
}

/** Several of them. */
export function Texts(options: TextOptions): PropertyDecorator {
  return normalizedEach(...textRule(options));
}

/** No longer than the longest text that is searched. */
const maximumSearch = 254;

/** What to look for in a list; nothing but spaces: everything. */
export function SearchText(): PropertyDecorator {
  return Text({ minimum: 0, maximum: maximumSearch });
}

/** Letters that look like Latin ones: of other scripts, and of Latin's own phonetic alphabets. */
const otherScripts = /[\p{sc=Cyrillic}\p{sc=Greek}\p{sc=Armenian}\p{sc=Cherokee}\p{sc=Coptic}\p{sc=Lisu}]/u;
const phoneticLetters = /[\u0250-\u02af\u1d00-\u1dbf\ua720-\ua7ff\uab30-\uab6f]/u;

/** Whether an address could be taken for another one that is written with other letters (Unicode Technical Standard #39). */
function couldPassForAnother(address: string): boolean {
  return (
    address.normalize('NFKC') !== address.normalize('NFC') ||
    phoneticLetters.test(address) ||
    (/\p{sc=Latin}/u.test(address) && otherScripts.test(address))
  );
}

const emailMessage = 'Must be one email address, like name@example.com.';

/** One mailbox (RFC 5321), without comments, quotes or lists. Of half a character `isEmail` makes a fault. */
const isMailbox = (value: unknown): value is string =>
  typeof value === 'string' && value.isWellFormed() && isEmail(value) && /^[^\s,;<>()"]+$/u.test(value);

/** One email address, in letters that are what they look like. */
export function Email(): PropertyDecorator {
  return (target, property) => {
    check(isMailbox, emailMessage)(target, property);
    check(
      (value) => typeof value === 'string' && !couldPassForAnother(value),
      'Must not mix letters that look alike.',
    )(target, property);
  };
}

/** Several of them. */
export function Emails(maximum: number): PropertyDecorator {
  return (target, property) => {
    ArrayMaxSize(maximum, { message: `Must be at most ${maximum}.` })(target, property);
    normalizedEach(
      // An accent is one character or two, and the same.
      (text) => text.trim().normalize(),
      (text) => isMailbox(text) && !couldPassForAnother(text),
      emailMessage,
    )(target, property);
  };
}

const phoneMessage = 'Must be a phone number with its country code, like +49 30 901820.';

function parsePhone(text: string): ReturnType<typeof parsePhoneNumberFromString> {
  const parsed = parsePhoneNumberFromString(text.trim(), { extract: false });
  return parsed?.ext === undefined ? parsed : undefined;
}

const normalPhone = (text: string): string => parsePhone(text)?.number ?? text;

const isPhone = (text: string): boolean => parsePhone(text)?.isValid() === true;

/** A phone number in international form; kept as E.164, which has no room for an extension or a word beside it. */
export function Phone(): PropertyDecorator {
  return normalized(normalPhone, isPhone, phoneMessage);
}

/** Several of them. */
export function Phones(maximum: number): PropertyDecorator {
  return (target, property) => {
    ArrayMaxSize(maximum, { message: `Must be at most ${maximum}.` })(target, property);
    normalizedEach(normalPhone, isPhone, phoneMessage)(target, property);
  };
}

/** The id of something: a UUID, in lower case as Postgres writes it, so that it can be compared as text. */
export function Id(): PropertyDecorator {
  return normalized(
    (text) => text.toLowerCase(),
    (text) => isUUID(text),
    'Must be an id (a UUID).',
  );
}

export function Ids(maximum: number): PropertyDecorator {
  return (target, property) => {
    ArrayMaxSize(maximum, { message: `Must name at most ${maximum}.` })(target, property);
    IsUUID('all', { each: true, message: 'Must be ids (UUIDs).' })(target, property);
  };
}

/** Ids that are chosen from a list; the message says which of them is none. */
export function Selection(maximum: number): PropertyDecorator {
  const firstWrong = (value: unknown) => (Array.isArray(value) ? value.findIndex((id) => !isUUID(id)) : -1);
  return (target, property) => {
    ArrayMaxSize(maximum, { message: `Must name at most ${maximum}.` })(target, property);
    registerDecorator({
      name: 'selection',
      target: target.constructor,
      propertyName: property as string,
      options: { message: ({ value }) => `Must be ids (UUIDs): the one at ${firstWrong(value)} is none.` },
      validator: { validate: (value) => Array.isArray(value) && firstWrong(value) === -1 },
    });
  };
}

const maximumWebAddress = 500;

/** A web address with http or https; telephones write the scheme with a capital. */
export function WebAddress(): PropertyDecorator {
  return normalized(
    (text) => text.trim().replace(/^https?:/i, (scheme) => scheme.toLowerCase()),
    (text) =>
      text.length <= maximumWebAddress &&
      text.isWellFormed() &&
      isURL(text, { protocols: ['http', 'https'], require_protocol: true }),
    'Must be an address like https://example.com.',
  );
}

/** Null is allowed and means cleared, or not given. (Left out is always allowed where the schema allows it.) */
export function Nullable(): PropertyDecorator {
  return (target, property) => ValidateIf((_, value) => value !== null)(target, property);
}

/** May be left out, which means unchanged, but not be null. */
export function NotNull(): PropertyDecorator {
  return check((value) => value !== null, 'Cannot be cleared.');
}

/** Any further test of a value. */
export function check(test: (value: unknown) => boolean, message: string): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'check',
      target: target.constructor,
      propertyName: property as string,
      options: { message },
      validator: { validate: test },
    });
}

/** Puts the normal form into the input before testing it, so that services never see another. */
function normalized(
  normalize: (text: string) => string,
  test: (text: string) => boolean,
  message: string,
): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'normalized',
      target: target.constructor,
      propertyName: property as string,
      options: { message },
      validator: {
        validate: (value: unknown, validation?: ValidationArguments) => {
          if (typeof value !== 'string' || validation === undefined) return false;
          const normal = normalize(value);
          (validation.object as Record<string, unknown>)[validation.property] = normal;
          return test(normal);
        },
      },
    });
}

/** As normalized, of a list. */
function normalizedEach(
  normalize: (text: string) => string,
  test: (text: string) => boolean,
  message: string,
): PropertyDecorator {
  return (target, property) =>
    registerDecorator({
      name: 'normalizedEach',
      target: target.constructor,
      propertyName: property as string,
      options: { message },
      validator: {
        validate: (value: unknown, validation?: ValidationArguments) => {
          if (!Array.isArray(value) || validation === undefined) return false;
          const normal = value.map((each) => normalize(String(each)));
          (validation.object as Record<string, unknown>)[validation.property] = normal;
          return normal.every(test);
        },
      },
    });
}

/** Validates an input object for type-graphql (`validateFn`). */
export async function validateInput(value: unknown, type: unknown): Promise<void> {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || isLikeRecent(value)) return;
  // The arguments of a list are an object of their own, whose name nobody writes.
  const path = typeof type === 'function' && type.name.endsWith('Args') ? '' : 'input';
  const invalid = await invalidFieldsOf(value, path);
  if (invalid.length > 0) throw invalidFields(invalid);
  const recent = recentlyValid.get(Object.getPrototypeOf(value) as object) ?? [];
  recentlyValid.set(Object.getPrototypeOf(value) as object, [{ ...value }, ...recent].slice(0, mostRecent));
}

/** What is wrong with an object, which is brought into its normal form; each with its path below `path`. */
export async function invalidFieldsOf(value: object, path: string): Promise<InvalidField[]> {
  const errors = await validate(value, {
    skipUndefinedProperties: true,
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  return flatten(errors, path);
}

/** By class, the values of its last objects that were valid, in their normal form. */
const recentlyValid = new WeakMap<object, Record<string, unknown>[]>();
const mostRecent = 8;

/** Lists are asked for with few different arguments again and again, one under each of 50 rows 50 times: testing them once is enough. */
function isLikeRecent(value: object): boolean {
  const recent = recentlyValid.get(Object.getPrototypeOf(value) as object);
  if (recent === undefined) return false;
  const entries = Object.entries(value);
  return recent.some(
    (valid) =>
      entries.length === Object.keys(valid).length &&
      entries.every(([name, member]) => typeof member !== 'object' && valid[name] === member),
  );
}

function flatten(errors: ValidationError[], path: string): InvalidField[] {
  return errors.flatMap((error) => {
    const field = path === '' ? error.property : `${path}.${error.property}`;
    const message = Object.values(error.constraints ?? {})[0];
    return [...(message === undefined ? [] : [{ field, message }]), ...flatten(error.children ?? [], field)];
  });
}

/** For an argument that is an id: what is no UUID is refused before anything is looked up. */
export function idArgument(value: unknown): void {
  if (!isUUID(value))
    throw apiError(ErrorCode.VALIDATION_FAILED, 'id: Must be an id (a UUID).', { field: 'id' });
}
