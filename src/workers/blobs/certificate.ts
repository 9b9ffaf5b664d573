/**
 * A certificate for one run, signed by itself. Nobody is asked to trust its names or dates: a worker is told its
 * fingerprint with its ticket and speaks to nothing else.
 */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly key: string;
  /** PEM. */
  readonly certificate: string;
  /** Hex SHA-256 of the certificate's DER form. */
  readonly fingerprint: string;
}

/** Object identifiers in DER: ecdsa-with-SHA256 and commonName. */
const ECDSA_SHA256 = '2a8648ce3d040302';
const COMMON_NAME = '550403';

export function makeCertificate(): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(objectId(ECDSA_SHA256));
  const name = sequence(der(0x31, sequence(objectId(COMMON_NAME), der(0x0c, Buffer.from('fsa')))));
  // Clocks of nodes may be off by years.
  const validity = sequence(time('20000101000000Z'), time('99991231235959Z'));
  const serial = Buffer.concat([Buffer.of(0x01), randomBytes(15)]);
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, privateKey);
  const whole = sequence(content, algorithm, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const body = (whole.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    certificate: `-----BEGIN CERTIFICATE-----\n${body}\n-----END CERTIFICATE-----\n`,
    fingerprint: createHash('sha256').update(whole).digest('hex'),
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const head =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function objectId(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text));
}
