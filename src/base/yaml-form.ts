// Owns how a file of keys that a person writes in YAML becomes what its schema says, or a message with file, line, path,
// rule and value. It must not know any schema.
import { z } from 'zod';
import { readBoundedText } from './bounded-file.js';
import { readYaml } from './document.js';
import { ofDocument } from './document-error.js';
import { UsageError } from './errors.js';
import { explainAll, type JsonSchema } from './explain.js';
import { printable } from './printable.js';

/** A kind of file. All that reads throws UsageError with what is wrong, one complaint a line. */
export interface YamlForm<S extends z.ZodType> {
  /** Of a file; also of one that comes through a pipe and has an end. */
  read(file: string): z.output<S>;
  /** As `read`, of text; `file` is its name in messages. An empty text has no keys, which leaves all to defaults. */
  parse(text: string, file: string): z.output<S>;
  /** Of the keys themselves: anything, so far. `where` names them in messages, fit to be printed. */
  check(value: unknown, where: string): z.output<S>;
  /** The schema of what may be written, as JSON Schema. */
  jsonSchema(): JsonSchema;
}

/**
 * A kind of file.
 * @param kind Precedes the file's name in messages: `pipeline`.
 * @param most Bytes at most.
 */
export function yamlForm<S extends z.ZodType>(kind: string, schema: S, most: number): YamlForm<S> {
  // Made when it is first asked for, which a run that goes well never does.
  let asJson: JsonSchema | undefined;
  const jsonSchema = (): JsonSchema => (asJson ??= z.toJSONSchema(schema, { io: 'input' }) as JsonSchema);
  const nameOf = (file: string): string => `${kind} ${printable(file)}`;

  function checked(value: unknown, placeOf: (path: readonly PropertyKey[]) => string): z.output<S> {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const complaints = explainAll(result.error.issues, value, jsonSchema());
    throw new UsageError(complaints.map(({ path, text }) => `${placeOf(path)}: ${text}`).join('\n'));
  }

  function parse(text: string, file: string): z.output<S> {
    const { value, lineOf } = ofDocument(nameOf(file), UsageError, () => readYaml(text, most));
    return checked(value ?? {}, (path) => `${nameOf(file)}:${lineOf(path)}`);
  }

  return {
    parse,
    read: (file) =>
      parse(
        ofDocument(nameOf(file), UsageError, () => readBoundedText(file, { most, from: 'stream' })),
        file,
      ),
    check: (value, where) => checked(value, () => where),
    jsonSchema,
  };
}
