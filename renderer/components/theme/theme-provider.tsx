import { MantineProvider, useMantineColorScheme } from '@mantine/core';
import { type ReactNode, useEffect } from 'react';
import type { Settings } from '#shared/model/settings.ts';
import { cssVariablesResolver, theme } from './theme.ts';

function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}

function ColorScheme({ preference }: { readonly preference: Settings['theme'] | undefined }): null {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (preference !== undefined) setColorScheme(preference === 'system' ? 'auto' : preference);
  }, [preference, setColorScheme]);
  return null;
}

/** Gives everything below it the design's theme in the person's colour scheme; `undefined` keeps the one of the last start. */
export function ThemeProvider({
  preference,
  children,
}: {
  readonly preference: Settings['theme'] | undefined;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <ColorScheme preference={preference} />
      {children}
    </MantineProvider>
  );
}
