import { describe, expect, it } from 'vitest';
import { boundaryOf, FormScanner } from '#main/gateway/http/form-scanner.ts';

interface Part {
  readonly name: string;
  readonly value: string;
  readonly headers?: string;
}

function form(parts: readonly Part[], boundary = 'b0undary'): string {
  const texts = parts.map(
    ({ name, value, headers = '' }) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${headers}\r\n\r\n${value}\r\n`,
  );
  return `${texts.join('')}--${boundary}--\r\n`;
}

function scan(text: string, cutAt: readonly number[] = []) {
  const scanner = new FormScanner('b0undary');
  const bytes = Buffer.from(text);
  let from = 0;
  for (const at of [...cutAt, bytes.length]) {
    scanner.push(bytes.subarray(from, at));
    from = at;
  }
  return scanner.facts();
}

const file = {
  name: 'file',
  value: 'RIFF\r\n--b0undar\r\nnot a boundary\r\n--',
  headers: '; filename="a.wav"\r\nContent-Type: audio/wav',
};
const whole = form([
  file,
  { name: 'model', value: 'whisper-1' },
  { name: 'stream', value: 'true' },
  { name: 'n', value: '3' },
]);

describe('FormScanner', () => {
  it('finds the fields wherever they stand', () => {
    expect(scan(whole)).toMatchObject({ model: 'whisper-1', stream: true, choices: 3, ambiguous: false });
    expect(scan(form([{ name: 'model', value: 'gpt-4o-transcribe' }, file]))).toMatchObject({
      model: 'gpt-4o-transcribe',
      ambiguous: false,
    });
    expect(scan(form([file]))).toMatchObject({ model: null, ambiguous: false });
  });

  it('finds the same however the form is cut', () => {
    const expected = scan(whole);
    for (let at = 1; at < whole.length; at += 1) expect(scan(whole, [at])).toEqual(expected);
    expect(
      scan(
        whole,
        Array.from({ length: whole.length - 1 }, (_, index) => index + 1),
      ),
    ).toEqual(expected);
  });

  it('keeps nothing of a file, however large', () => {
    const scanner = new FormScanner('b0undary');
    scanner.push(Buffer.from('--b0undary\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'));
    const piece = Buffer.alloc(1024 * 1024, '\r\n--b0');
    const before = process.memoryUsage().arrayBuffers;
    for (let count = 0; count < 64; count += 1) scanner.push(piece);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024);
    scanner.push(
      Buffer.from('\r\n--b0undary\r\nContent-Disposition: form-data; name="model"\r\n\r\nm\r\n--b0undary--'),
    );
    expect(scanner.facts()).toMatchObject({ model: 'm', ambiguous: false });
  });

  it.each([
    [
      'the model twice',
      form([
        { name: 'model', value: 'a' },
        { name: 'model', value: 'b' },
      ]),
    ],
    ['other capitals', form([{ name: 'Model', value: 'a' }])],
    [
      'a list of models',
      form([
        { name: 'model', value: 'a' },
        { name: 'model[]', value: 'b' },
      ]),
    ],
    ['the model as a file', form([{ name: 'model', value: 'a', headers: '; filename="x"' }])],
    ['no value', form([{ name: 'model', value: '' }])],
    ['a value too long to be a name', form([{ name: 'model', value: 'm'.repeat(600) }])],
    [
      'two dispositions',
      form([{ name: 'x', value: 'a', headers: '\r\nContent-Disposition: form-data; name="model"' }]),
    ],
    [
      'an encoding of its own',
      form([{ name: 'model', value: 'YQ==', headers: '\r\nContent-Transfer-Encoding: base64' }]),
    ],
    ['an escaped name', form([{ name: 'mo\\del', value: 'a' }])],
    ['a name without quotes', form([{ name: 'x', value: 'a' }]).replace('name="x"', 'name=model')],
    ['a second name', form([{ name: 'x', value: 'a', headers: '; name="model"' }])],
    ['an encoded name', form([{ name: 'x', value: 'a', headers: "; name*=UTF-8''model" }])],
    ['a folded header', form([{ name: 'x', value: 'a', headers: ';\r\n name="model"' }])],
    ['text before the first boundary', `--other\r\n${form([{ name: 'model', value: 'a' }])}`],
    ['a part after the end', `${form([{ name: 'x', value: 'a' }])}${form([{ name: 'model', value: 'b' }])}`],
    [
      'a boundary with spaces after it',
      form([
        { name: 'model', value: 'a' },
        { name: 'x', value: 'b' },
      ]).replace('a\r\n--b0undary\r\n', 'a\r\n--b0undary  \r\n'),
    ],
    ['bare line feeds', form([{ name: 'model', value: 'a' }]).replaceAll('\r\n', '\n')],
    ['no end', form([{ name: 'model', value: 'a' }]).replace('--b0undary--\r\n', '')],
    ['nothing', ''],
  ])('calls it ambiguous: %s', (_name, text) => {
    expect(scan(text).ambiguous).toBe(true);
  });
});

describe('boundaryOf', () => {
  it.each([
    ['multipart/form-data; boundary=----WebKitFormBoundary7MA4', '----WebKitFormBoundary7MA4'],
    ['Multipart/Form-Data; Boundary="a b"', 'a b'],
    ['multipart/form-data;boundary=x', 'x'],
    ['multipart/form-data', null],
    ['multipart/form-data; boundary=', null],
    ['multipart/form-data; boundary=a; boundary=b', null],
    ['multipart/form-data; charset=utf-16; boundary=a', null],
    ['multipart/mixed; boundary=a', null],
    ['application/json', null],
    [null, null],
  ])('%s has %s', (type, boundary) => {
    expect(boundaryOf(type)).toBe(boundary);
  });
});
