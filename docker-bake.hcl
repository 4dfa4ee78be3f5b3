# All images at once: docker buildx bake            uptime/pinger:dev and so on, for this machine
#                     docker buildx bake gateway    one of them
# A release pushes them by digest, for each architecture on a machine of its own (.github/workflows/release.yml).

# From where images are pulled, without their name: owner and registry.
variable "REGISTRY" { default = "uptime" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
variable "SOURCE" { default = "https://github.com/uptime-monitor/uptime-monitor" }

# Bases; a release hands them over with their digests (deploy/release/bases.sh).
variable "RUST_IMAGE" { default = "" }
variable "NODE_IMAGE" { default = "" }
variable "DEBIAN_IMAGE" { default = "" }

# Of what is pushed there is neither a tag nor a copy here.
variable "PUSH" { default = false }
# Where layers are kept between builds, apart for each architecture.
variable "CACHE_SCOPE" { default = "" }

group "default" {
  targets = ["images"]
}

target "images" {
  matrix = {
    image = ["pinger", "processor", "alerter", "user-service", "gateway", "admin", "all-in-one"]
  }
  name   = image
  target = image
  args = merge(
    { VERSION = VERSION, REVISION = REVISION, SOURCE = SOURCE },
    RUST_IMAGE == "" ? {} : { RUST_IMAGE = RUST_IMAGE },
    NODE_IMAGE == "" ? {} : { NODE_IMAGE = NODE_IMAGE },
    DEBIAN_IMAGE == "" ? {} : { DEBIAN_IMAGE = DEBIAN_IMAGE },
  )
  tags   = PUSH ? [] : ["${REGISTRY}/${image}:${VERSION}"]
  output = [PUSH ? "type=image,name=${REGISTRY}/${image},push-by-digest=true,name-canonical=true,push=true" : "type=docker"]
  # What is in an image, and of what and how it was built, beside it in the registry.
  attest     = PUSH ? ["type=sbom", "type=provenance,mode=max"] : []
  cache-from = CACHE_SCOPE == "" ? [] : ["type=gha,scope=${CACHE_SCOPE}"]
  # One of them writes: the stages that compile are the same for all.
  cache-to = CACHE_SCOPE != "" && image == "gateway" ? ["type=gha,scope=${CACHE_SCOPE},mode=max"] : []
}
