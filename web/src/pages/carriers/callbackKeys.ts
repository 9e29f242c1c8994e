const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
/** Letters whose last two bits in base64 are zero: 43 of them stand for 32 bytes and not a bit more. */
const lastLetters = 'AEIMQUYcgkosw048';

function pick(from: string, count: number): string {
  let out = '';
  // What lies beyond the last whole multiple is thrown away: each letter is as likely as any other.
  const limit = 256 - (256 % from.length);
  while (out.length < count) {
    for (const byte of crypto.getRandomValues(new Uint8Array(count * 2))) {
      if (byte < limit && out.length < count) out += from[byte % from.length];
    }
  }
  return out;
}

/** A token with which a platform signs what it tells us. */
export const randomToken = () => pick(letters, 24);

/** An EncodingAESKey: 43 letters that stand for 32 bytes. */
export const randomKey = () => pick(letters, 42) + pick(lastLetters, 1);
