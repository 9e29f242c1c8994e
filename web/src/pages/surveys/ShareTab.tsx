import { CopyOutlined, DownloadOutlined, ExportOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert, App, Button, Card, Space } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { surveys, type Survey } from '../../api/surveys';
import { useMay } from '../../app/me';
import { PeoplePicker, type PickedPerson } from '../../ui/PersonPicker';
import { useNotifyProblem } from '../../ui/ProblemView';
import { CopyText } from '../acquisition/CopyText';

/** The open address with its picture, and addresses of single customers. */
export function ShareTab({ survey: s }: { survey: Survey }) {
  const { t } = useTranslation();
  const may = useMay();
  const { message } = App.useApp();
  const copy = async (text: string) => {
    try {
      await navigator.clipboard.writeText(text);
      message.success(t('common.copied'));
    } catch {
      message.warning(t('common.copyByHand'));
    }
  };
  return (
    <div className="fp-stack">
      {s.status !== 'published' && (
        <Alert
          type="info"
          showIcon
          title={t(s.status === 'draft' ? 'surveys.shareDraft' : 'surveys.shareEnded')}
          action={
            s.status === 'draft' && (
              <Link to="/surveys/$surveyId/edit" params={{ surveyId: s.id }}>
                {t('surveys.edit')}
              </Link>
            )
          }
        />
      )}
      <Card size="small" className="fp-section" title={<h2>{t('surveys.openLink')}</h2>}>
        <p className="fp-muted fp-section-note">{t(`surveys.openHelp.${s.open}`)}</p>
        {s.open !== 'off' && (
          <div className="fp-survey-share">
            <img src={surveys.qrAddress(s.id, 'svg', 240)} width={180} height={180} alt={t('surveys.qrOf', { name: s.name })} />
            <div className="fp-stack">
              <code className="fp-break">{s.url}</code>
              <Space wrap>
                <Button type="primary" icon={<CopyOutlined />} onClick={() => void copy(s.url)}>
                  {t('surveys.copyLink')}
                </Button>
                <Button icon={<ExportOutlined />} href={s.url} target="_blank" rel="noreferrer">
                  {t('surveys.openIt')}
                </Button>
                {(['png', 'svg'] as const).map((x) => (
                  <Button key={x} icon={<DownloadOutlined />} href={surveys.qrAddress(s.id, x, 1024)} download={`${s.name}.${x}`}>
                    {t('surveys.downloadQr', { format: x.toUpperCase() })}
                  </Button>
                ))}
              </Space>
            </div>
          </div>
        )}
      </Card>
      {may('survey.share') && <Personal survey={s} onCopy={copy} />}
    </div>
  );
}

function Personal({ survey: s, onCopy }: { survey: Survey; onCopy: (text: string) => Promise<void> }) {
  const { t } = useTranslation();
  const notify = useNotifyProblem();
  const [chosen, setChosen] = useState<PickedPerson[]>([]);
  const make = useMutation({ mutationFn: () => surveys.links(s.id, chosen.map((c) => c.value)), onError: notify });
  const links = make.data?.items ?? [];
  return (
    <Card size="small" className="fp-section" title={<h2>{t('surveys.personal')}</h2>}>
      <p className="fp-muted fp-section-note">{t('surveys.personalHelp')}</p>
      <div className="fp-toolbar">
        <PeoplePicker most={100} value={chosen} onChange={setChosen} placeholder={t('surveys.findPerson')} />
        <Button type="primary" disabled={chosen.length === 0} loading={make.isPending} onClick={() => make.mutate()}>
          {t('surveys.makeLinks')}
        </Button>
      </div>
      {links.length > 0 && (
        <>
          <ul className="fp-survey-links">
            {links.map((x) => (
              <li key={x.person_id}>
                <b>{x.name || t('customer.nameless')}</b>
                <CopyText text={x.url} />
              </li>
            ))}
          </ul>
          <Button icon={<CopyOutlined />} onClick={() => void onCopy(links.map((x) => `${x.name}\t${x.url}`).join('\n'))}>
            {t('surveys.copyAll')}
          </Button>
        </>
      )}
    </Card>
  );
}
