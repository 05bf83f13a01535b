import { namedTests } from '../standards/named-tests.ts';
import { standardRows } from '../standards/rows.ts';
import { code, origin, page, table } from './markdown.ts';

/** docs/standards.md: what each standard promises here, and the tests that hold it to that. */
export function standardsPage(): string {
  const tests = namedTests();
  return page(
    '# Standards',
    origin('test/contract/standards/rows.ts'),
    'What conformance means here, and which tests hold it. Two strict clients, `oauth4webapi` and `openid-client`, drive every flow. One deviation is meant: RFC 8414 wants an https issuer, and ours is plain http on a loopback address unless TLS is on.',
    table(
      ['standard', 'what must hold', 'tests'],
      standardRows.map(({ id, title, promise }) => [
        `${id} ${title}`,
        promise,
        String(tests.filter(({ standard }) => standard === id).length),
      ]),
    ),
    ...standardRows.flatMap(({ id, title }) => [
      `## ${id} ${title}`,
      tests
        .filter(({ standard }) => standard === id)
        .map(
          ({ name, file }) =>
            `- ${name
              .slice(id.length)
              .replace(/^[ :,]+/, '')
              .replace(/%[sjd]/g, '…')} (${code(file)})`,
        )
        .join('\n'),
    ]),
  );
}
