import { Button, Modal } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Segment } from '../../api/types';
import { TimeText } from '../../ui/values';
import { TextDifference } from './TextDifference';

interface Props {
  theirs: Segment;
  mine: string;
  onClose: () => void;
  onTheirs: () => void;
  onMine: () => void;
}

/** Somebody saved while this was edited: what differs, and whose shall hold. */
export function MeanwhileDialog({ theirs, mine, onClose, onTheirs, onMine }: Props) {
  const { t } = useTranslation();
  return (
    <Modal
      open
      width={640}
      title={t('segments.meanwhileTitle')}
      onCancel={onClose}
      footer={[
        <Button key="stay" onClick={onClose}>
          {t('segments.stay')}
        </Button>,
        <Button key="theirs" onClick={onTheirs}>
          {t('segments.takeTheirs')}
        </Button>,
        <Button key="mine" type="primary" onClick={onMine}>
          {t('segments.keepMine')}
        </Button>,
      ]}
    >
      <p>
        {t('segments.meanwhileText', { name: theirs.updated_by.name || t('segments.somebody'), version: theirs.version })} (<TimeText at={theirs.updated_at} />)
      </p>
      <h3 className="fp-seg-sample-head">{t('segments.meanwhileDiff')}</h3>
      <TextDifference before={theirs.text} after={mine} />
    </Modal>
  );
}
