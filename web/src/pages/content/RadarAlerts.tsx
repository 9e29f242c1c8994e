import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { App, Button } from 'antd';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { content, type VisitView } from '../../api/content';

/**
 * Tells staff at once when somebody opens a link of theirs. Only while they look at the
 * console: a page in the background holds no connection open, and several tabs share the few
 * that a browser has.
 */
export function RadarAlerts() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const tell = useRef<(v: VisitView) => void>(undefined);
  tell.current = (v) => {
    void queryClient.invalidateQueries({ queryKey: ['content', 'people'] });
    void queryClient.invalidateQueries({ queryKey: ['content', 'log'] });
    void queryClient.invalidateQueries({ queryKey: ['content', 'links'] });
    const values = { name: v.person_name || t('customer.nameless'), title: v.title };
    notification.info({
      key: `radar-${v.id}`,
      duration: 10,
      title: v.person_id ? t(v.forwarded ? 'content.alert.forwarded' : 'content.alert.opened', values) : t('content.alert.nobody', values),
      actions: (
        <Button
          size="small"
          type="primary"
          onClick={() => {
            notification.destroy(`radar-${v.id}`);
            if (v.person_id) void navigate({ to: '/customers/$personId', params: { personId: v.person_id } });
            else void navigate({ to: '/content', search: { tab: 'visitors' } });
          }}
        >
          {t('content.alert.see')}
        </Button>
      ),
    });
  };
  useEffect(() => {
    const told = new Set<string>();
    let stream: EventSource | undefined;
    const seen = () => {
      stream?.close();
      stream = undefined;
      if (document.hidden) return;
      stream = new EventSource(content.streamAddress());
      stream.addEventListener('visit', (e) => {
        const v = JSON.parse(e.data) as VisitView;
        if (told.has(v.id)) return; // it goes on
        told.add(v.id);
        tell.current?.(v);
      });
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      stream?.close();
    };
  }, []);
  return null;
}
