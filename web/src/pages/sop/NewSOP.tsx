import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Button, Modal, Space } from 'antd';
import { useTranslation } from 'react-i18next';
import { sops, type ReadySOP, type SOP, type SOPInput, type SOPKind } from '../../api/sops';
import { Loading } from '../../ui/Loading';
import { ProblemView, useNotifyProblem } from '../../ui/ProblemView';
import { emptySpec } from './spec';

function useMake() {
  const navigate = useNavigate();
  const notify = useNotifyProblem();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: SOPInput) => sops.create(input),
    onError: notify,
    onSuccess: async (made) => {
      await queryClient.invalidateQueries({ queryKey: ['sops'] });
      void navigate({ to: '/sops/$sopId', params: { sopId: (made as SOP).id }, search: {} });
    },
  });
}

/** Series to begin with. Over which accounts they go is filled in where there is only one. */
export function ReadyCards() {
  const { t } = useTranslation();
  const make = useMake();
  const choices = useQuery({ queryKey: ['sop-choices'], queryFn: sops.choices });
  if (choices.isError) return <ProblemView error={choices.error} onRetry={() => void choices.refetch()} />;
  if (!choices.data) return <Loading rows={3} />;
  const accounts = (choices.data.accounts ?? []).filter((a) => a.active);
  const use = (r: ReadySOP) => {
    const only = accounts[0];
    make.mutate({ name: r.name, kind: r.kind, spec: { ...r.spec, ...(r.kind === 'person' && accounts.length === 1 && only ? { account_ids: [only.id] } : {}) } });
  };
  return (
    <ul className="fp-sop-ready" aria-label={t('sop.ready')}>
      {(choices.data.ready ?? []).map((r) => (
        <li key={r.key}>
          <h3>{r.name}</h3>
          <span className="fp-muted fp-small">
            {t(`sop.fors.${r.kind}`)} · {t('sop.steps_days', { count: r.spec.steps.length, days: r.days })}
          </span>
          <p>{r.about}</p>
          <div className="fp-sop-spark" aria-hidden="true">
            {Array.from({ length: r.days }, (_, d) => (
              <i key={d} className={r.spec.steps.some((s) => s.day === d) ? 'on' : ''} />
            ))}
          </div>
          <Button loading={make.isPending && make.variables.name === r.name} onClick={() => use(r)} aria-label={t('sop.useOf', { name: r.name })}>
            {t('sop.use')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** A new series: from one that is ready, or from nothing. */
export function NewSOP({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const make = useMake();
  const blank = (kind: SOPKind) => make.mutate({ name: t(`sop.untitled.${kind}`), kind, spec: emptySpec(kind) });
  return (
    <Modal open onCancel={onClose} footer={null} width={760} title={t('sop.create')}>
      <Space wrap>
        <Button onClick={() => blank('person')}>{t('sop.blank.person')}</Button>
        <Button onClick={() => blank('group')}>{t('sop.blank.group')}</Button>
      </Space>
      <h3>{t('sop.ready')}</h3>
      <ReadyCards />
    </Modal>
  );
}
