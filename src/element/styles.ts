/** All styles of `<lab-terminal>`, in the order in which later ones win. */
import { barStyles } from './bar-styles.js'
import { buttonStyles } from './button-styles.js'
import { controlStyles } from './control-styles.js'
import { desktopStyles } from './desktop-styles.js'
import { frameStyles } from './frame-styles.js'
import { motionStyles } from './motion-styles.js'
import { stageStyles } from './stage-styles.js'

export const styles = [frameStyles, buttonStyles, controlStyles, barStyles, stageStyles, desktopStyles, motionStyles]
