/** What of this machine spoils timing or traffic, and how to mend it. What it changes it puts back. Internal. */
package io.tlem.os.doctor;
