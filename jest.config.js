// CommonJS on purpose: Jest's ES modules are still experimental.
const transform = {
  '^.+\\.[jt]s$': [
    '@swc/jest',
    {
      sourceMaps: 'inline',
      jsc: {
        target: 'es2023',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
      },
      module: { type: 'commonjs' },
    },
  ],
};

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: [
    '/node_modules/',
    ...(process.env.RINGFENCE_TEST_BROWSER ? [] : ['<rootDir>/test/browser/']),
  ],
  transform,
  // ES modules, which Node can load in CommonJS and Jest cannot.
  transformIgnorePatterns: [
    '/node_modules/(?!(graphile-worker/dist|content-disposition|file-type|strtok3|token-types|uint8array-extras|@tokenizer|@borewit)/)',
  ],
  setupFiles: ['reflect-metadata'],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
  reporters: ['default', '<rootDir>/test/support/summary-reporter.js'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
