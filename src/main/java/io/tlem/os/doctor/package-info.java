/** What of this machine spoils timing or traffic, and how to mend it. Reads, and changes nothing. Internal. */
package io.tlem.os.doctor;
