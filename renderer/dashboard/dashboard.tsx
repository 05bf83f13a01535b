import { Notifications } from '@mantine/notifications';
import { type QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { subscribe } from '#renderer/api/client.ts';
import { useOperation } from '#renderer/api/use-operation.ts';
import { ThemeProvider } from '#renderer/components/theme/theme-provider.tsx';
import { router } from './router.tsx';

function Themed(): ReactNode {
  const settings = useOperation('settings.read', {});
  useEffect(
    () =>
      subscribe((event) => {
        if (event.type === 'navigate') router.history.push(event.route);
      }),
    [],
  );
  return (
    <ThemeProvider preference={settings.data?.theme}>
      <RouterProvider router={router} />
      <Notifications position="bottom-right" limit={4} />
    </ThemeProvider>
  );
}

/** The dashboard window: theme, routes and notifications around one cache. */
export function Dashboard({ queryClient }: { readonly queryClient: QueryClient }): ReactNode {
  return (
    <QueryClientProvider client={queryClient}>
      <Themed />
    </QueryClientProvider>
  );
}
