/**
 * Container images: kept by digest, unpacked once, shared by all containers of the machine; built,
 * imported, exported, pulled and pushed. {@link io.hawser.runtime.image.Images} is the way in.
 *
 * <p>A library without actors: every call blocks until it is done, and a directory may be shared by
 * any number of threads and processes.
 */
package io.hawser.runtime.image;
