import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '../components/theme/tokens.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient, followChanges } from '#renderer/api/query-client.ts';
import { applyLastColorScheme } from '#renderer/components/theme/color-scheme.ts';
import { Prompt } from './prompt.tsx';

applyLastColorScheme();
const root = document.getElementById('root');
const queryClient = createQueryClient(() => undefined);
followChanges(queryClient);

if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <Prompt />
      </QueryClientProvider>
    </StrictMode>,
  );
}
