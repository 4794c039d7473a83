// A worker that solves the login's puzzle: for each index the first number whose SHA-256 together with the seed begins with
// enough zero bits. The server checks the same in guard/challenge/proof_of_work.rs.
//
// WebCrypto answers one hash at a time through a promise, which costs more than the hash: so SHA-256 (FIPS 180-4) is written out
// for the one block that a puzzle needs. Seed (32 bytes), index (1), number (8): 41 bytes, and the padding.
const K = new Uint32Array(64);
const START = new Uint32Array(8);
{
  // The constants are the first bits of the fractional parts of cube and square roots of primes.
  const fraction = (number) => ((number - Math.floor(number)) * 0x100000000) >>> 0;
  let found = 0;
  for (let candidate = 2; found < 64; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1) {
      prime = prime && candidate % divisor !== 0;
    }
    if (prime) {
      if (found < 8) {
        START[found] = fraction(Math.sqrt(candidate));
      }
      K[found] = fraction(Math.cbrt(candidate));
      found += 1;
    }
  }
}

const w = new Uint32Array(64);

/** The first 32 bits of the hash of the block in w[0..16]. */
function head() {
  for (let i = 16; i < 64; i += 1) {
    const a = w[i - 15];
    const b = w[i - 2];
    const s0 = ((a >>> 7) | (a << 25)) ^ ((a >>> 18) | (a << 14)) ^ (a >>> 3);
    const s1 = ((b >>> 17) | (b << 15)) ^ ((b >>> 19) | (b << 13)) ^ (b >>> 10);
    w[i] = (w[i - 16] + s0 + w[i - 7] + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = START;
  for (let i = 0; i < 64; i += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return (a + START[0]) >>> 0;
}

/** The first number that fits at this index. */
function solve(seed, index, bits) {
  for (let number = 0; ; number += 1) {
    for (let i = 0; i < 8; i += 1) {
      w[i] = seed[i];
    }
    // Byte 32 is the index, 33 to 40 the number (its upper half stays 0), 41 begins the padding.
    w[8] = index << 24;
    w[9] = number >>> 8;
    w[10] = ((number & 0xff) << 24) | 0x800000;
    w[11] = 0;
    w[12] = 0;
    w[13] = 0;
    w[14] = 0;
    w[15] = 41 * 8;
    if (Math.clz32(head()) >= bits) {
      return number;
    }
  }
}

self.addEventListener("message", ({ data: { seed, count, bits } }) => {
  const words = new Uint32Array(8);
  for (let i = 0; i < 8; i += 1) {
    words[i] = Number.parseInt(seed.slice(i * 8, i * 8 + 8), 16);
  }
  const numbers = [];
  for (let index = 0; index < count; index += 1) {
    numbers.push(solve(words, index, bits));
  }
  self.postMessage(numbers.join("."));
});
