import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '../components/theme/tokens.css';
import '@mantine/core/styles.layer.css';
import '@mantine/charts/styles.layer.css';
import '@mantine/notifications/styles.layer.css';
import '@mantine/spotlight/styles.layer.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createQueryClient, followChanges } from '#renderer/api/query-client.ts';
import { notifyFailure } from '#renderer/components/notify.ts';
import { Dashboard } from './dashboard.tsx';

const root = document.getElementById('root');
const queryClient = createQueryClient(notifyFailure);
followChanges(queryClient);

if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <Dashboard queryClient={queryClient} />
    </StrictMode>,
  );
}
