import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button, InputNumber, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { scorecard, type Playbook } from '../../api/scorecard';
import { useMe } from '../../app/me';
import { currencyDigits } from '../../lib/format';
import { may } from '../../lib/permissions';
import { useNotifyProblem } from '../../ui/ProblemView';

/** Where often and much begin: shown to all, changed by who may. */
export function BoundariesForm({ book }: { book: Playbook }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const notify = useNotifyProblem();
  const me = useMe();
  const queries = useQueryClient();
  const [draft, setDraft] = useState(book.boundaries);
  const change = useMutation({
    mutationFn: (set: boolean) => (set ? scorecard.setBoundaries(draft) : scorecard.usualBoundaries()),
    onError: notify,
    onSuccess: async (now) => {
      setDraft(now.boundaries);
      await queries.invalidateQueries({ queryKey: ['playbook'] });
      void message.success(t('scorecard.saved'));
    },
  });
  const locked = !may(me.permissions, 'insight.keep');
  const field = (key: keyof typeof draft, label: string, by: number, unit: string, precision: number) => (
    <label>
      <span>{label}</span>
      <InputNumber aria-label={label} min={1 / by} max={unit === '%' ? 100 : undefined} precision={precision} disabled={locked} value={draft[key] / by} suffix={unit} onChange={(n) => n !== null && setDraft({ ...draft, [key]: Math.round(n * by) })} />
    </label>
  );
  const digits = currencyDigits(book.currency);
  const same = (Object.keys(draft) as (keyof typeof draft)[]).every((k) => draft[k] === book.boundaries[k]);
  return (
    <section className="fp-scorecard-box" aria-label={t('scorecard.boundaries')}>
      <h2>{t('scorecard.boundaries')}</h2>
      <p className="fp-muted fp-small">{t('scorecard.boundariesText')}</p>
      <div className="fp-scorecard-fields">
        {field('again_bp', t('scorecard.againBP'), 100, '%', 1)}
        {field('sku_again_bp', t('scorecard.skuAgainBP'), 100, '%', 1)}
        {field('ticket_minor', t('scorecard.ticket'), 10 ** digits, book.currency, digits)}
        {!locked && (
          <Space className="fp-no-print">
            <Button type="primary" disabled={same} loading={change.isPending} onClick={() => change.mutate(true)}>
              {t('scorecard.save')}
            </Button>
            {book.set && (
              <Button disabled={change.isPending} onClick={() => change.mutate(false)}>
                {t('scorecard.usual')}
              </Button>
            )}
          </Space>
        )}
      </div>
    </section>
  );
}
