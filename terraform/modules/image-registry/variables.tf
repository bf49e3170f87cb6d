variable "repository_name" {
  description = "Name of the repository."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+([._/-][a-z0-9]+)*$", var.repository_name)) && length(var.repository_name) >= 2 && length(var.repository_name) <= 256
    error_message = "A repository name has 2 to 256 lower-case letters and digits, with single dots, hyphens, underscores or slashes between them."
  }
}

variable "untagged_days" {
  description = "Days after which an image without a tag is deleted."
  type        = number
  default     = 1

  validation {
    condition     = var.untagged_days >= 1 && floor(var.untagged_days) == var.untagged_days
    error_message = "Untagged images are kept for a whole number of days, at least 1."
  }
}

variable "scan_on_push" {
  description = "Whether ECR looks for known vulnerabilities in every image that is pushed (basic scanning, which is free)."
  type        = bool
  default     = true
}

variable "force_delete" {
  description = "Whether destroying the module may delete a repository that still holds images, from which running stacks start their tasks."
  type        = bool
  default     = false
}

variable "tags" {
  description = "Tags for every resource of this module that takes tags, on top of the provider's default tags."
  type        = map(string)
  default     = {}
}
