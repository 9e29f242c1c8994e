import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Account } from '../../api/types';
import { Snippet } from './Snippet';

/** A website needs no platform: it needs one line on its pages. */
export function EmbedStep({ account: a, onBack, onNext }: { account: Account; onBack: () => void; onNext: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="fp-acc-form">
      <p className="fp-acc-say">{t('carriers.embedWhat')}</p>
      <Snippet account={a} />
      <div className="fp-acc-foot">
        <Button onClick={onBack}>{t('carriers.back')}</Button>
        <Button type="primary" onClick={onNext}>
          {t('carriers.finish')}
        </Button>
      </div>
    </div>
  );
}
