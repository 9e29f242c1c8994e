import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Button, InputNumber, Popover, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { economics } from '../../api/economics';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { useNotifyProblem } from '../../ui/ProblemView';

/** The gross margin that the brand types in; nothing that needs one is told without. */
export function MarginField({ bp }: { bp: number | null }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const notify = useNotifyProblem();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const [percent, setPercent] = useState<number | null>(null);
  const save = useMutation({
    mutationFn: (value: number | null) => economics.setMargin(value),
    onError: notify,
    onSuccess: async () => {
      setOpen(false);
      await Promise.all([client.invalidateQueries({ queryKey: ['economics'] }), client.invalidateQueries({ queryKey: ['economics-curves'] })]);
    },
  });
  return (
    <span className="fp-margin" data-margin={bp ?? ''}>
      {t('economics.margin')}：{bp === null ? <span className="fp-muted">{t('economics.marginNone')}</span> : <b className="fp-num">{f.share(bp / 10_000)}</b>}
      {may('economics.settings') && (
        <Popover
          trigger="click"
          placement="bottomRight"
          open={open}
          onOpenChange={(o) => {
            setOpen(o);
            setPercent(bp === null ? null : bp / 100);
          }}
          content={
            <form
              className="fp-margin-form"
              onSubmit={(e) => {
                e.preventDefault();
                if (percent) save.mutate(Math.round(percent * 100));
              }}
            >
              <p className="fp-muted fp-small">{t('economics.marginHelp')}</p>
              <Space>
                <InputNumber aria-label={t('economics.marginLabel')} min={0.01} max={100} precision={2} value={percent} onChange={setPercent} suffix="%" autoFocus />
                <Button type="primary" htmlType="submit" disabled={!percent} loading={save.isPending}>
                  {t('economics.marginSave')}
                </Button>
                {bp !== null && (
                  <Button type="text" onClick={() => save.mutate(null)}>
                    {t('economics.marginForget')}
                  </Button>
                )}
              </Space>
            </form>
          }
        >
          <Button size="small" className="fp-no-print">
            {bp === null ? t('economics.marginSet') : t('economics.marginChange')}
          </Button>
        </Popover>
      )}
    </span>
  );
}
