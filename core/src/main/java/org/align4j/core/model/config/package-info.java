/** Model configurations, the parameters they imply, and rotary frequencies. */
package org.align4j.core.model.config;
