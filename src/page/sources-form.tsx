// Owns the two small forms about sources: the token of one, and the address of another.
import type { JSX } from 'preact';
import { useId, useState } from 'preact/hooks';
import type { Connection } from './connection.js';
import { addressOf } from './sources.js';

/** Asks for the token. It is kept for the session, by this tab alone. */
export function TokenForm({
  connection,
  enter,
  remove,
}: {
  readonly connection: Connection;
  readonly enter: (token: string) => void;
  readonly remove?: (() => void) | undefined;
}): JSX.Element {
  const id = useId();
  const [token, setToken] = useState('');
  return (
    <form
      class="card narrow"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') enter(token.trim());
      }}
    >
      <h1>Token</h1>
      <p>
        {new URL(connection.address).host} shows its pictures to who has its token: the one that was given to it with
        --token, --token-file or LQ_TOKEN.
      </p>
      <label for={id}>Token</label>
      <input
        id={id}
        type="password"
        autocomplete="off"
        value={token}
        aria-describedby={`${id}-wrong`}
        onInput={(event) => setToken(event.currentTarget.value)}
      />
      <p id={`${id}-wrong`} class="warn" role="alert">
        {connection.reason === '' ? '' : 'The server does not take this token.'}
      </p>
      <div class="row">
        <button type="submit" class="main">
          Open
        </button>
        {remove && (
          <button type="button" onClick={remove}>
            Remove this source
          </button>
        )}
      </div>
    </form>
  );
}

/** Asks for the address of one more source. */
export function AddSource({ add }: { readonly add: (address: string) => void }): JSX.Element {
  const id = useId();
  const [text, setText] = useState('');
  const [wrong, setWrong] = useState('');
  return (
    <form
      class="card narrow"
      onSubmit={(event) => {
        event.preventDefault();
        const address = addressOf(text);
        if (address === undefined) setWrong('Expected an address such as 192.168.1.20:8080 or https://host/meter/.');
        else add(address);
      }}
    >
      <label for={id}>Address of another feed</label>
      <div class="row">
        <input
          id={id}
          type="text"
          placeholder="192.168.1.20:8080"
          value={text}
          aria-describedby={`${id}-wrong`}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <button type="submit" class="main">
          Add
        </button>
      </div>
      <p id={`${id}-wrong`} class="warn" role="alert">
        {wrong}
      </p>
    </form>
  );
}
