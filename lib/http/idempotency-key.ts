import { Problem } from '../errors.ts';

const printableAscii = /^[\x20-\x7e]{1,255}$/;

/**
 * The `Idempotency-Key` header (IETF draft-ietf-httpapi-idempotency-key-header-07), taken as it is written.
 *
 * @throws Problem `idempotency-key-missing`, `idempotency-key-invalid`
 */
export function parseIdempotencyKey(value: string | undefined): string {
  if (value === undefined) throw new Problem('idempotency-key-missing', 'Send an Idempotency-Key header.');
  if (!printableAscii.test(value)) {
    throw new Problem('idempotency-key-invalid', 'A key has 1 to 255 printable ASCII characters.');
  }
  return value;
}
