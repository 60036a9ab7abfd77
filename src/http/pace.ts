// Streams that go on only while the other side does its part: each piece has so long to be taken, or to come.

/** Hands on, unless what was handed out is not taken for so long. */
export async function* whileTaken<Chunk>(
  chunks: AsyncIterable<Chunk>,
  milliseconds: number,
  stalled: () => void,
): AsyncGenerator<Chunk> {
  for await (const chunk of chunks) {
    const timer = setTimeout(stalled, milliseconds);
    try {
      yield chunk;
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Hands on what comes, unless nothing does for so long. What is left when nobody asks any more is left. */
export async function* whileSent<Chunk>(
  source: AsyncIterable<Chunk>,
  milliseconds: number,
  stalled: () => void,
): AsyncGenerator<Chunk> {
  const chunks = source[Symbol.asyncIterator]();
  for (;;) {
    const timer = setTimeout(stalled, milliseconds);
    try {
      const next = await chunks.next();
      if (next.done) return;
      clearTimeout(timer);
      yield next.value;
    } finally {
      clearTimeout(timer);
    }
  }
}
