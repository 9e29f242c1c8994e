import { TranslationOutlined } from '@ant-design/icons';
import { Button, Card } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../app/preferences';

/** The frame of the pages that are open to people who are not signed in. */
export function Door({ title, text, wide, children }: { title: string; text?: ReactNode; wide?: boolean; children: ReactNode }) {
  const { t } = useTranslation();
  const { language, setLanguage } = usePreferences();
  return (
    <main className="fp-door">
      <div className={wide ? 'fp-door-box wide' : 'fp-door-box'}>
        <div className="fp-door-head">
          <span className="fp-brand">
            <img src="/favicon.svg" alt="" width={24} height={24} />
            <span>Fishpond</span>
          </span>
          <Button
            type="text"
            icon={<TranslationOutlined />}
            onClick={() => setLanguage(language === 'zh-CN' ? 'en' : 'zh-CN')}
          >
            {t('menu.otherLanguage')}
          </Button>
        </div>
        <Card>
          <h1>{title}</h1>
          {text && <p>{text}</p>}
          {children}
        </Card>
      </div>
    </main>
  );
}
