// What went wrong with a connection, in words for people. Words only.

/** By the code of the error. */
const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'the host has no address',
  EAI_AGAIN: 'the host was not found for now',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'the host can not be reached',
  ENETUNREACH: 'the network can not be reached',
  EADDRNOTAVAIL: 'no connection can be made from here',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by itself; name it as the authority to trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by an authority that is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by an authority that is not known here',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'it asks for a certificate of ours',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'it does not know who has signed our certificate',
  EPROTO: 'it speaks no TLS there',
};

/** Why a connection failed. */
export function failureText(error: unknown): string {
  // Node tries all addresses of a name, and gives what came of each.
  const first = error instanceof AggregateError ? (error.errors[0] as unknown) : error;
  const { code = '', message }: NodeJS.ErrnoException = first instanceof Error ? first : new Error(String(first));
  return WORDS[code] ?? (message === '' ? 'it failed' : message);
}
