const js = require('@eslint/js');
const tseslint = require('typescript-eslint');

/** What would reach data past the request's transaction, or past the fence. */
const doors = [
  {
    selector: "MemberExpression[property.name='getRepository']",
    message: 'Reach data through the transaction (context.transaction).',
  },
  {
    selector: "MemberExpression[object.name='dataSource'][property.name='manager']",
    message: 'Reach data through the transaction (context.transaction).',
  },
  {
    selector: "CallExpression[callee.property.name='cache']",
    message: "TypeORM's cache is keyed without the principal.",
  },
  { selector: "Property[key.name='relations']", message: 'Relations join hidden rows away; use a loader.' },
  { selector: "Property[key.name='eager'], Property[key.name='lazy']", message: 'Use a loader.' },
  {
    selector: "Property[key.name='synchronize'][value.value=true]",
    message: 'The schema is made by migrations.',
  },
  {
    selector: "Property[key.name='skipUpdateIfNoValuesChanged']",
    message: 'It shows values of hidden rows.',
  },
];

module.exports = tseslint.config(
  {
    ignores: [
      'dist/',
      'node_modules/',
      'bench/node_modules/',
      'coverage/',
      '.ringfence/',
      '**/*.generated.ts',
      'src/graphql/playground/assets/',
      'src/pages/assets/',
    ],
  },
  js.configs.recommended,
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: __dirname } },
    rules: {
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': [
        'error',
        { disallowTypeAnnotations: false, fixStyle: 'inline-type-imports' },
      ],
      'no-restricted-syntax': ['error', ...doors],
      'no-console': 'error',
    },
  },
  {
    // Types in decorated signatures are values: type-graphql reads them at run time.
    files: ['**/*.resolver.ts'],
    rules: { '@typescript-eslint/consistent-type-imports': 'off' },
  },
  {
    files: ['**/*.js'],
    languageOptions: {
      sourceType: 'commonjs',
      globals: { module: 'writable', require: 'readonly', process: 'readonly', __dirname: 'readonly' },
    },
  },
);
