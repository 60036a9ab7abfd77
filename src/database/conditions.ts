/** Conditions of a statement and their values, so that values are always bound and never written into the text. */
export class Conditions {
  private readonly parts: string[] = [];

  /** Given those of others, values are bound beside them: for several conditions in one statement. */
  constructor(readonly values: unknown[] = []) {}

  /** Binds a value and answers its placeholder. */
  bind(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  add(condition: string): this {
    this.parts.push(condition);
    return this;
  }

  /** The conditions joined with and; `true` where there is none. */
  get text(): string {
    return this.parts.length === 0 ? 'true' : this.parts.join(' and ');
  }

  /** A copy that can grow without the original. */
  copy(): Conditions {
    const copy = new Conditions();
    copy.values.push(...this.values);
    copy.parts.push(...this.parts);
    return copy;
  }
}

/** The pattern that finds a text anywhere, for ILIKE; `%`, `_` and `\` stand for themselves. */
export function containsPattern(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

/** The digits of what looks like a phone number, as people write it: stored ones have neither spaces nor a leading zero. */
export function phoneDigits(search: string): string | null {
  if (!/^[\d\s+()./-]+$/.test(search)) return null;
  const digits = search.replace(/\D/g, '').replace(/^0+/, '');
  return digits.length >= 3 ? digits : null;
}
