import type { LanguageModelV3FilePart } from '@ai-sdk/provider';
import { type Member, optionalText, unsupported } from '../members.ts';
import { noted, type PartNotes } from '../neutral-call.ts';

const dataUrl = /^data:([^;,]+)?(?:;[^;,]+)*?(;base64)?,(.*)$/s;
const extensions: readonly (readonly [RegExp, string])[] = [
  [/\.pdf$/i, 'application/pdf'],
  [/\.png$/i, 'image/png'],
  [/\.jpe?g$/i, 'image/jpeg'],
  [/\.gif$/i, 'image/gif'],
  [/\.webp$/i, 'image/webp'],
  [/\.(?:txt|md|csv)$/i, 'text/plain'],
];

/** A file part of base64 data. */
export function filePart(
  data: string,
  mediaType: string,
  options: { readonly notes: PartNotes; readonly filename?: string | undefined },
): LanguageModelV3FilePart {
  const { notes, filename } = options;
  return { type: 'file', data, mediaType, ...(filename === undefined ? {} : { filename }), ...noted(notes) };
}

/** A file part of a `data:` URL or of an address that the upstream will fetch; anything else is refused. */
export function fileFromUrl(
  member: Member,
  url: string,
  options: { readonly notes: PartNotes; readonly mediaType: string; readonly filename?: string | undefined },
): LanguageModelV3FilePart {
  const match = dataUrl.exec(url);
  if (match !== null) {
    const [, type, base64, body = ''] = match;
    const data = base64 === undefined ? Buffer.from(decodeURIComponent(body)).toString('base64') : body;
    return filePart(data, type ?? options.mediaType, options);
  }
  if (!/^https?:/i.test(url) || !URL.canParse(url)) {
    throw unsupported(member, 'must be a `data:` URL or an http(s) address.');
  }
  const { notes, mediaType, filename } = options;
  return {
    type: 'file',
    data: new URL(url),
    mediaType: typeByName(new URL(url).pathname) ?? mediaType,
    ...(filename === undefined ? {} : { filename }),
    ...noted(notes),
  };
}

/** The media type that a file's name tells; null when it tells none. */
export function typeByName(name: string): string | null {
  return extensions.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/** The wish to have an image looked at closely or not, as notes; `auto` is none. */
export function detailNotes(detail: Member | null): Pick<PartNotes, 'detail'> {
  const value = detail === null ? undefined : optionalText(detail);
  return detail === null || value === undefined || value === 'auto' ? {} : { detail: { value, member: detail.name } };
}
