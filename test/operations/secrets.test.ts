import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generatedSecrets } from '../../src/secrets';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ringfence-secrets-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const file = () => join(directory, 'secrets.json');

test('secrets are made once, all different, and kept for their owner alone', () => {
  const made = generatedSecrets(join(directory, 'new'));
  expect(generatedSecrets(join(directory, 'new'))).toEqual(made);
  const { loginPassword, signinPassword, workerPassword } = made;
  expect(new Set([loginPassword, signinPassword, workerPassword]).size).toBe(3);
  expect(statSync(join(directory, 'new', 'secrets.json')).mode & 0o777).toBe(0o600);
});

test('those that an earlier version made go on to be used; what it did not know is added', () => {
  const earlier = { secretKeys: ['local:x'], loginPassword: 'one', signinPassword: 'two' };
  writeFileSync(file(), JSON.stringify(earlier));
  const { workerPassword, ...others } = generatedSecrets(directory);
  expect(others).toEqual(earlier);
  expect(workerPassword).toMatch(/^\S{32}$/);
  expect(generatedSecrets(directory).workerPassword).toBe(workerPassword);
  expect(JSON.parse(readFileSync(file(), 'utf8'))).toEqual({ ...earlier, workerPassword });
});

test('a file that is none is not replaced', () => {
  writeFileSync(file(), '{"secretKeys":');
  expect(() => generatedSecrets(directory)).toThrow(SyntaxError);
  expect(readFileSync(file(), 'utf8')).toBe('{"secretKeys":');
});
