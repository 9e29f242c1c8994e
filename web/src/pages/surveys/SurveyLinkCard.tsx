import { Card, Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyText } from '../acquisition/CopyText';
import { usePublished } from './usePublished';

/** On the page of a customer: the address at which they answer a survey as themselves. */
export function SurveyLinkCard({ personId }: { personId: string }) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState<string>();
  const { allowed, list, link } = usePublished(true);
  const items = list.data?.items ?? [];
  if (!allowed || items.length === 0) return null;
  return (
    <Card title={t('surveys.linkOf')}>
      <Select
        style={{ width: '100%' }}
        value={chosen}
        loading={link.isPending}
        placeholder={t('surveys.linkChoose')}
        aria-label={t('surveys.linkChoose')}
        showSearch={{ optionFilterProp: 'label' }}
        options={items.map((s) => ({ value: s.id, label: s.name }))}
        onChange={(survey: string) => {
          setChosen(survey);
          link.mutate({ survey, person: personId });
        }}
      />
      {link.data && (
        <>
          <p data-survey-link>
            <CopyText text={link.data} />
          </p>
          <p className="fp-muted fp-small">{t('surveys.linkHelp')}</p>
        </>
      )}
    </Card>
  );
}
