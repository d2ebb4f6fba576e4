// Lint: the strict, type-checked rules of typescript-eslint, and a docstring on everything that is exported.
import jsdoc from 'eslint-plugin-jsdoc';
import tseslint from 'typescript-eslint';
import { boundaries } from './eslint.boundaries.mjs';

export default tseslint.config(
  { ignores: ['dist/', 'out/', '.cache/', 'docs/api/', 'node_modules/', 'src/kernels/assembly/'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // A default that says what happens to the rest is an answer; over a closed set of ours it `satisfies never`.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          ignoreRestSiblings: true,
        },
      ],
      // Lazy modules are typed by `import()`.
      '@typescript-eslint/consistent-type-imports': ['error', { disallowTypeAnnotations: false }],
      // An async function without an await turns what it throws into a rejection, as its interface promises.
      '@typescript-eslint/require-await': 'off',
      // Numbers in a message print as a reader expects.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // `() => done()` as a one-line callback is clear enough.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // What is destructured here are functions in objects; classes are called through their instances.
      '@typescript-eslint/unbound-method': 'off',
      // Node's promises reject with an Error: saying so of the parameter is no less safe than an assertion in the body.
      '@typescript-eslint/use-unknown-in-catch-callback-variable': 'off',
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      // Kernels index typed arrays inside bounds that their loops give; the checks stay on for everything else.
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    plugins: { jsdoc },
    rules: {
      'jsdoc/require-jsdoc': [
        'error',
        {
          publicOnly: true,
          require: {
            ArrowFunctionExpression: true,
            ClassDeclaration: true,
            FunctionDeclaration: true,
            FunctionExpression: true,
            MethodDefinition: false,
          },
          contexts: [
            'TSInterfaceDeclaration',
            'TSTypeAliasDeclaration',
            'TSEnumDeclaration',
            'ExportNamedDeclaration > VariableDeclaration',
          ],
          enableFixer: false,
        },
      ],
    },
  },
  {
    // TF.js infers a rank from where a tensor goes; an assertion says it where the tensor is made.
    files: ['src/lab/**/*.ts', 'src/scoring/tfjs.ts'],
    rules: {
      '@typescript-eslint/no-unnecessary-type-assertion': 'off',
      '@typescript-eslint/prefer-reduce-type-parameter': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // Fakes are often empty.
      '@typescript-eslint/no-empty-function': 'off',
      // Fakes stand in for classes on purpose.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
    },
  },
  {
    // Plain JavaScript; its types are checked by tsconfig.scripts.json.
    files: ['**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
  },
  ...boundaries,
);
