import { useMutation, useQueryClient } from '@tanstack/react-query';
import { App, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { campaigns, type Campaign, type Test, type TestLine } from '../../api/campaigns';
import { useMay } from '../../app/me';
import { useFormat } from '../../app/useFormat';
import { DataTable } from '../../ui/DataTable';
import { useNotifyProblem } from '../../ui/ProblemView';
import { TimeText } from '../../ui/values';

/** How the versions do against each other, and what the others will get or got. */
export function TestView({ campaign: c, test }: { campaign: Campaign; test: Test }) {
  const { t } = useTranslation();
  const f = useFormat();
  const may = useMay();
  const { modal } = App.useApp();
  const notify = useNotifyProblem();
  const queries = useQueryClient();
  const decide = useMutation({ mutationFn: (name: string) => campaigns.decide(c.id, name), onError: notify, onSettled: () => queries.invalidateQueries({ queryKey: ['campaign', c.id] }) });
  const open = test.phase === 'testing' && may('campaign.send');
  const ask = (name: string) =>
    void modal.confirm({ title: t('campaigns.test.chooseTitle', { name }), content: t('campaigns.test.chooseText', { people: f.number(test.rest_people) }), okText: t('campaigns.test.choose'), onOk: () => decide.mutateAsync(name).catch(() => undefined) });
  return (
    <section className="fp-campaign-box" aria-labelledby="campaign-test">
      <h2 id="campaign-test">{t('campaigns.test.title')}</h2>
      <p>
        {test.said}
        {test.phase === 'testing' && test.decide_at && (
          <span className="fp-muted">
            {' '}
            {t('campaigns.test.until')} <TimeText at={test.decide_at} exact />
          </span>
        )}
      </p>
      <p className="fp-muted">{t('campaigns.test.people', { tested: f.number(test.tested_people), rest: f.number(test.rest_people) })}</p>
      <DataTable<TestLine>
        rowKey="name"
        label={t('campaigns.test.title')}
        minWidth={760}
        dataSource={test.lines ?? []}
        columns={[
          { key: 'name', title: t('campaigns.fields.versionName'), render: (_, l) => <b>{t('campaigns.version', { name: l.name })}{test.chosen === l.name && <span className="fp-yes"> · {t('campaigns.test.chosen')}</span>}</b> },
          ...(['people', 'clicks', 'visits', 'orders', 'unsubscribed'] as const).map((key) => ({ key, title: t(`campaigns.test.${key}`), align: 'right' as const, render: (_: unknown, l: TestLine) => <span className="fp-num">{f.number(l[key])}</span> })),
          { key: 'money', title: t('campaigns.outcomes.money'), align: 'right', render: (_, l) => <span className="fp-num">{f.money(l.money_minor)}</span> },
          { key: 'best', title: t('campaigns.test.best'), align: 'right', render: (_, l) => <span className="fp-num">{f.share(l.best_probability, 0)}</span> },
          {
            key: 'tools',
            title: <span className="fp-hidden">{t('common.actions')}</span>,
            align: 'right',
            render: (_, l) =>
              open && (
                <Button size="small" loading={decide.isPending && decide.variables === l.name} aria-label={t('campaigns.test.chooseOf', { name: l.name })} onClick={() => ask(l.name)}>
                  {t('campaigns.test.choose')}
                </Button>
              ),
          },
        ]}
      />
    </section>
  );
}
