/** The least, the middle and the greatest of some numbers. */
export interface Spread {
  minimum: number;
  median: number;
  maximum: number;
}

export function spreadOf(numbers: number[]): Spread {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  return {
    minimum: at(0),
    median: sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2,
    maximum: at(sorted.length - 1),
  };
}
